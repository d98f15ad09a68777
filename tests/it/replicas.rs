//! Replicas answer what they have seen, and the primary the rest: whoever reads sees no difference.

use std::time::Duration;

use masthead::catalogue::{Reader, answers, article, changes as log};
use masthead::config::Engine;
use masthead::store::{Options, ReadFrom, ReplicaStatus, articles, changes};
use serde_json::{Value, json};

use crate::harness::chance::Chance;
use crate::harness::http::Server;
use crate::harness::postgres::{Replica, new_database};
use crate::harness::story::{story, with};
use crate::harness::{TestApp, count, run};

const KEEPS_NOTHING: [(&str, &str); 2] = [("cache.size", "0B"), ("cache.entities", "0B")];

async fn write(t: &TestApp, n: usize, headline: &str) {
    let fields = json!({ "slug": format!("s{n}"), "headline": headline, "subjects": ["Ferries"] });
    t.import_all(&[with(story(&format!("urn:t:{n}")), fields)]).await;
}

/// The headline over REST and GraphQL, and how many articles the topic has.
async fn told(server: &Server, n: usize) -> (Value, Value, Value) {
    let one = server.ask("GET", &format!("/v1/articles/s{n}"), None, None).await;
    let topic = server.ask("GET", "/v1/topics/ferries", None, None).await;
    assert_eq!((one.status, topic.status), (200, 200), "{one:?} {topic:?}");
    let query = "query ($slug: String!) { article(slug: $slug) { headline } }";
    let asked = server.graphql(query, json!({ "slug": format!("s{n}") })).await;
    (one.body["headline"].clone(), topic.body["articleCount"].clone(), asked["data"]["article"]["headline"].clone())
}

/// Asks until a replica has answered once more.
async fn until_it_answers(t: &TestApp, server: &Server) {
    let before = status(t).reads;
    for _ in 0..400 {
        told(server, 0).await;
        if status(t).reads > before {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("the replica is never asked: {:?}", status(t));
}

fn status(t: &TestApp) -> ReplicaStatus {
    t.db.replicas().pop().expect("a replica")
}

#[test]
fn nobody_sees_less_for_there_being_replicas() {
    run(Engine::Postgres, module_path!(), async |primary| {
        write(primary, 0, "First").await;
        let replica = Replica::start();
        let options = Options { replicas: vec![replica.of(&primary.options.url)], ..primary.options.clone() };
        let t = &TestApp::over(options).await;
        let (server, plain) = (t.serve_as(&KEEPS_NOTHING).await, primary.serve_as(&KEEPS_NOTHING).await);
        until_it_answers(t, &server).await;
        let well = status(t);

        // It hears of nothing more, and what is written is seen at once all the same.
        replica.run("SELECT pg_wal_replay_pause()").await;
        write(t, 0, "Second").await;
        let second = (json!("Second"), json!(1), json!("Second"));
        assert_eq!(told(&server, 0).await, second);
        let behind = status(t);
        assert!(behind.behind > well.behind && behind.failed == 0, "{behind:?}");
        for _ in 0..20 {
            assert_eq!(told(&server, 0).await, second);
        }
        assert_eq!(status(t).reads, behind.reads, "it is asked though it is behind");
        replica.run("SELECT pg_wal_replay_resume()").await;
        until_it_answers(t, &server).await;
        assert_eq!(told(&server, 0).await, second);

        // By chance, with caches too.
        let (mut chance, keeps) = (Chance::new(), t.serve().await);
        let (rounds, mut paused) = (count(40, 2_000), false);
        for round in 0..rounds {
            if chance.percent(20) {
                paused = !paused;
                replica
                    .run(if paused { "SELECT pg_wal_replay_pause()" } else { "SELECT pg_wal_replay_resume()" })
                    .await;
            }
            // One that was behind rests, so by chance alone it would hardly ever be asked when something is written.
            if !paused && chance.percent(15) {
                until_it_answers(t, &server).await;
            }
            let n = chance.below(4);
            write(t, n, &format!("Round {round}")).await;
            tokio::time::sleep(Duration::from_millis(chance.below(40) as u64)).await;
            let right = told(&plain, n).await;
            assert_eq!(right.0, json!(format!("Round {round}")));
            assert_eq!(told(&server, n).await, right, "round {round}, paused: {paused}");
            assert_eq!(told(&keeps, n).await, right, "round {round}, kept, paused: {paused}");
        }
        replica.run("SELECT pg_wal_replay_resume()").await;
        until_it_answers(t, &server).await;
        let all = status(t);
        println!("{rounds} rounds: {all:?}");
        assert!(all.reads >= well.reads + rounds as u64 / 40, "the replica was hardly ever asked: {all:?}");

        // It goes away; nobody is told so but the operator.
        drop(replica);
        let right = told(&plain, 0).await;
        for _ in 0..400 {
            assert_eq!(told(&server, 0).await, right);
            if status(t).failed > 0 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        let gone = status(t);
        assert!(gone.failed > 0, "{gone:?}");
        assert_eq!(server.get("/readyz").await.status(), 200);
        let metrics = server.get("/metrics").await.text().await.unwrap();
        assert!(metrics.contains("masthead_db_replica_reads_total{"), "{metrics}");
    });
}

#[test]
fn a_replica_that_goes_in_the_middle_of_a_read_is_not_noticed() {
    run(Engine::Postgres, module_path!(), async |primary| {
        write(primary, 0, "First").await;
        let replica = Replica::start();
        let copy = replica.of(&primary.options.url);
        let t = &TestApp::over(Options { replicas: vec![copy.clone()], ..primary.options.clone() }).await;
        // Its connections, and not those of others whose databases are copied beside.
        let name = copy.rsplit('/').next().expect("a name");
        let kill = format!("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{name}'");
        let (mut of_replica, mut rounds) = (0, 0);
        while of_replica < 5 {
            rounds += 1;
            assert!(rounds < 400, "the replica is hardly ever asked: {:?}", status(t));
            let before = status(t);
            let (mut conn, head) = t.db.snapshot(ReadFrom::Replica).await.unwrap();
            if status(t).reads == before.reads {
                // It rests.
                drop(conn);
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
            of_replica += 1;
            replica.run(&kill).await;
            for _ in 0..3 {
                let found = articles::by_slug(&mut conn, "s0").await.unwrap().expect("an article");
                assert_eq!(found.headline, "First");
            }
            assert_eq!(status(t).failed, before.failed + 1, "nobody is told");
            assert!(changes::head(&mut conn).await.unwrap().seq >= head.seq);
        }
    });
}

#[test]
fn a_database_that_is_no_replica_of_this_one_answers_nothing() {
    run(Engine::Postgres, module_path!(), async |t| {
        write(t, 0, "Ours").await;
        // Of the same schema, with more changes in its log.
        let other = new_database("other").await.expect("a server");
        masthead::store::migrate::run(&Options::new(&other), false).await.unwrap();
        let theirs = TestApp::over(Options::new(&other)).await;
        for n in 0..3 {
            write(&theirs, n, "Theirs").await;
        }
        let away = "postgres://nobody@127.0.0.1:1/nothing".to_owned();
        let t = &TestApp::over(Options { replicas: vec![away, other.clone()], ..t.options.clone() }).await;
        let server = t.serve_as(&KEEPS_NOTHING).await;
        for _ in 0..10 {
            assert_eq!(told(&server, 0).await, (json!("Ours"), json!(1), json!("Ours")));
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        let status = t.db.replicas();
        assert!(status.iter().all(|replica| replica.reads == 0), "{status:?}");
        assert!(status[0].failed > 0 && status[1].behind > 0, "{status:?}");
        crate::harness::postgres::drop_database(&other).await;
    });
}

#[test]
fn what_another_process_wrote_is_not_kept_old_where_a_follower_alone_has_seen_it() {
    run(Engine::Postgres, module_path!(), async |primary| {
        write(primary, 0, "First").await;
        let id = primary.id("urn:t:0").await;
        let replica = Replica::start();
        let options = Options { replicas: vec![replica.of(&primary.options.url)], ..primary.options.clone() };
        let t = &TestApp::over(options).await;
        let app = t.app();
        // The replica has come as far as the process knows, and hears of nothing more.
        log::head(&t.db).await.unwrap();
        while status(t).reads == 0 {
            drop(t.db.snapshot(ReadFrom::Replica).await.unwrap());
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        replica.run("SELECT pg_wal_replay_pause()").await;
        let paused = "DO $$ BEGIN WHILE pg_get_wal_replay_pause_state() <> 'paused' LOOP PERFORM pg_sleep(0.01); \
                      END LOOP; END $$";
        replica.run(paused).await;

        for headline in ["Second", "Third"] {
            // Another process writes, and here a follower woke for something older.
            write(primary, 0, headline).await;
            answers::catch_up(&app).await.unwrap();
            for round in 0..3 {
                // The first reads it, the others find what is kept.
                let reader = Reader::of(&app);
                reader.seq().await.unwrap();
                let card = article::cards(&reader, &[id]).await.unwrap().pop().flatten().expect("a card");
                assert_eq!(card.headline, headline, "round {round}");
            }
        }
    });
}
