# Ends what is noted in a folder, and removes the folder, once the process that holds the other end of the pipe has ended.
# It is told `leave` if all of that is to stay.
folder=$0
trap '' HUP INT QUIT TERM
read -r word
if [ "$word" = leave ]; then
    rm -rf "$folder/processes"
    exit
fi

# Those noted that still run; `children` adds theirs.
noted() {
    for file in "$folder"/processes/*; do
        ps -A -o pid= -o ppid= -o stat= | awk -v pid="${file##*/}" -v children="$1" \
            '$3 !~ /^Z/ && ($1 == pid || children && $2 == pid) { print $1 }'
    done
}

# An immediate shutdown leaves no shared memory behind. One that was stopped must first go on.
kill -CONT $(noted children) 2>/dev/null
kill -QUIT $(noted) 2>/dev/null
tries=30
while [ -n "$(noted)" ] && [ $tries -gt 0 ]; do
    sleep 0.1
    tries=$((tries - 1))
done
kill -STOP $(noted) 2>/dev/null
kill -KILL $(noted children) 2>/dev/null

# What is left of a server that was killed: the number of its shared memory stands in this file.
for file in "$folder"/*/data/postmaster.pid; do
    [ -e "$file" ] && ipcrm -m "$(awk 'NR == 7 { print $2 }' "$file")" 2>/dev/null
done

# Something may still be writing for a moment.
tries=50
while [ -e "$folder" ] && [ $tries -gt 0 ]; do
    rm -rf "$folder" || sleep 0.1
    tries=$((tries - 1))
done
