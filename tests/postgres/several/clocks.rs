//! Servers whose own clocks are an hour off: each judges by PostgreSQL's, and says what the others say.
//! Leaves the clock of a server alone to `failures`.

use serde_json::json;
use uuid::Uuid;

use crate::support::engine::Engine;
use crate::support::wall_clock::WallClock;
use crate::support::{Folder, Root, Server, until};

const HOUR_S: i64 = 3600;

/// Servers on one database whose clocks are off by these seconds.
fn servers(offsets_s: &[i64]) -> (Vec<Server>, Vec<WallClock>) {
    let folder = Folder::of(Engine::Postgres);
    let start = |offset_s: &i64| {
        let folder = folder.neighbour();
        let clock = WallClock::new();
        clock.set(*offset_s);
        let mut command = folder.command(&[("log.filter", "info")]);
        clock.rule(&mut command);
        (Server::run(&folder, command), clock)
    };
    offsets_s.iter().map(start).unzip()
}

async fn issue(root: &Root, owner_id: &str, expires_at: Option<String>) -> (String, String) {
    let mut wish = json!({ "kind": "standard", "owner_id": owner_id });
    if let Some(at) = expires_at {
        wish["expires_at"] = json!(at);
    }
    let made = root.issue(wish).await;
    let text = |pointer: &str| made.pointer(pointer).unwrap().as_str().unwrap().to_owned();
    (text("/key/id"), text("/secret"))
}

/// How many seconds from now an id begins.
fn off_by_s(id: &str) -> i64 {
    let time = id.parse::<Uuid>().unwrap().get_timestamp().unwrap();
    let (seconds, _) = time.to_unix();
    i64::try_from(seconds).unwrap() - jiff::Timestamp::now().as_second()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_whose_clock_is_an_hour_off_judges_as_the_others_do() {
    let (servers, _clocks) = servers(&[0, HOUR_S, -HOUR_S]);
    let roots: Vec<Root> = servers.iter().map(|server| server.root()).collect();
    let organization = roots[0].organization().await;
    for root in &roots {
        // An end of soon lies in the future for each, and each sees it come.
        let (later_id, later) =
            issue(root, &organization.id, Some(WallClock::instant(HOUR_S / 2))).await;
        let (_, soon) = issue(root, &organization.id, Some(WallClock::instant(3))).await;
        for other in &roots {
            until("an end", async || {
                let code = other.verdict(&soon).await;
                assert!(code == "VALID" || code == "EXPIRED", "{code}");
                (code == "EXPIRED").then_some(())
            })
            .await;
            assert_eq!(other.verdict(&later).await, "VALID");
        }
        // Lists are in the order in which things were made.
        assert!(off_by_s(&later_id).abs() < HOUR_S / 6, "{later_id}");
    }
    let client = roots[0].client_of(&organization).await;
    for server in &servers {
        let token = client.at(server).token().await.token;
        for other in &servers {
            let list = other.get("/v0/api_keys").bearer(&token);
            list.send().await.expect(200);
        }
    }
    let events = roots[0]
        .get("/v1/events?limit=100")
        .await
        .expect(200)
        .json();
    let items = events["items"].as_array().unwrap().iter();
    let at: Vec<&str> = items.map(|event| event["at"].as_str().unwrap()).collect();
    assert!(at.is_sorted(), "{at:?}");
}
