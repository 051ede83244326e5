#!/usr/bin/env bash
# @redocly/cli 2.77.0 (npm), seen 2026-11-30 with Node.js 20.
#
# `redocly lint` reads exceptions from .redocly.lint-ignore.yaml. One that no longer fits anything is accepted without
# a word: a rule that does not exist, a place in the document that is gone, a file that is gone. So a list of
# exceptions never shrinks by itself, and a misspelt one is only noticed because the problem is still told; a new
# problem at the place of an old exception is hidden.
#
# Seen:
#   the exit status is 0, "1 problem is explicitly ignored." is told, and nothing about the other three
set -euo pipefail
cd "$(mktemp -d)"
npm install --silent --no-audit --no-fund --ignore-scripts @redocly/cli@2.77.0 > npm.log 2>&1 || { cat npm.log; exit 1; }
cat > document.yaml <<'P'
openapi: 3.1.0
info: {title: Books, version: 1.0.0}
servers: [{url: 'https://books.test'}]
paths:
  /books:
    get:
      operationId: list_books
      summary: List the books
      security: []
      responses:
        '200': {description: The books}
        '404': {description: No books}
P
echo 'extends: [recommended-strict]' > redocly.yaml
cat > .redocly.lint-ignore.yaml <<'P'
document.yaml:
  info-license:
    - '#/info'
  no-such-rule:
    - '#/paths'
  operation-summary:
    - '#/paths/~1gone/get/summary'
gone.yaml:
  info-license:
    - '#/info'
P
export REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true NO_COLOR=1
status=0
node_modules/.bin/redocly lint document.yaml > said 2>&1 || status=$?
if [ "$status" != 0 ] || ! grep -q '1 problem is explicitly ignored' said || grep -q -E 'gone|no-such-rule' said; then
    cat said
    echo "it has changed: see the head of $0"
    exit 1
fi
echo "as it was: see the head of $0"
