//! Refusals at four servers: none goes uncounted, and however many there are, few are written.
//! Leaves what is told of which refusal to `events`.

use std::time::{SystemTime, UNIX_EPOCH};

use super::{SERVERS, Several};

const REFUSED: usize = 400;

/// The minute that it is.
fn minute() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    since.as_secs() / 60
}

/// How many refusals an event stands for.
fn count(detail: &str) -> usize {
    let reason = detail.strip_prefix("ReadKey: INSUFFICIENT_SCOPE").unwrap();
    let count = reason.strip_prefix(" (");
    count.map_or(1, |count| {
        count.trim_end_matches(" times)").parse().unwrap()
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_narrow_key_in_a_loop_is_told_by_each_server_once_a_minute_with_its_number() {
    let several = Several::start().await;
    let narrow = several.root().control(&["keys:verify"]).await;
    let position = "SELECT max(position) FROM events";
    let database = several.folder.postgres().unwrap();
    let before = database.number(position);
    let began = minute();
    for server in several.servers.iter().cycle().take(REFUSED) {
        let narrow = narrow.at(server);
        narrow.get("/v1/keys").await.expect(403);
    }
    // What the current minute has counted is told at the end of a server.
    for server in several.servers {
        server.finish();
    }
    let minutes = usize::try_from(minute() - began).unwrap() + 1;
    let told =
        format!("SELECT detail FROM events WHERE position > {before} AND action = 'access.denied'");
    let told = database.sql(&told);
    assert_eq!(told.lines().map(count).sum::<usize>(), REFUSED, "{told}");
    let len = told.lines().count();
    assert!((SERVERS..=SERVERS * minutes).contains(&len), "{told}");
    let after = database.number(position);
    assert_eq!(
        after - before,
        i64::try_from(len).unwrap(),
        "more was written"
    );
}
