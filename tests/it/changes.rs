//! The change sequence: gap-free, in commit order, whoever writes and whatever fails.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use masthead::catalogue::Reader;
use masthead::error::{Code, Error};
use masthead::model::change::{Deed, Subject, Touches};
use masthead::model::id::ArticleId;
use masthead::store::newsroom::{self, Entry};
use masthead::store::{Db, Options, Tx, changes};

use crate::harness::chance::Chance;
use crate::harness::{TestApp, both, count};

/// How many write at once.
const WRITERS: usize = 50;

/// What one write does.
#[derive(Clone, Copy)]
struct Plan {
    writer: usize,
    changes: usize,
    /// Pauses before and after its notes, in microseconds: writers overtake each other.
    pauses: (u64, u64),
    fails: bool,
}

async fn work(tx: &mut Tx, plan: Plan) -> masthead::error::Result<()> {
    tokio::time::sleep(Duration::from_micros(plan.pauses.0)).await;
    for n in 0..plan.changes {
        let subject = Subject::Article(ArticleId((plan.writer * 100 + n) as i64));
        tx.note(subject, Deed::Published, 1, Touches::default());
    }
    // A row of its own, so that the transaction has begun to write before it draws its numbers.
    let mark = tx.savepoint().await?;
    let _ = tx.settle(mark, Ok(())).await?;
    tokio::time::sleep(Duration::from_micros(plan.pauses.1)).await;
    if plan.fails {
        return Err(Error::new(Code::Conflict, "This one was made to fail."));
    }
    Ok(())
}

/// Follows the log as a follower does, by what is visible, and insists that it only ever grows at its end.
async fn follow(db: Db, done: Arc<AtomicBool>) -> (i64, usize) {
    let (mut seen, mut polls) = (0, 0);
    loop {
        let ended = done.load(Ordering::SeqCst);
        let mut conn = db.read().await.unwrap();
        let head = changes::head(&mut conn).await.unwrap();
        let rows = changes::after(&mut conn, seen, 10_000).await.unwrap();
        drop(conn);
        for row in &rows {
            assert_eq!(row.seq, seen + 1, "a number is missing, or one appeared below what was seen");
            seen = row.seq;
        }
        assert!(seen >= head.seq, "the head {} is above the rows, which end at {seen}", head.seq);
        polls += 1;
        if ended {
            return (seen, polls);
        }
        tokio::time::sleep(Duration::from_micros(300)).await;
    }
}

async fn fifty_writers(t: &TestApp) {
    // As many connections as writers, so that they truly meet in the database.
    let options = Options { connections: WRITERS + 5, acquire_timeout: Duration::from_secs(60), ..t.options.clone() };
    let db = TestApp::over(options).await.db;
    let each = count(10, 200);
    let mut chance = Chance::new();
    let plans: Vec<Vec<Plan>> = (0..WRITERS)
        .map(|writer| {
            let mut plan = |_| Plan {
                writer,
                changes: 1 + chance.below(3),
                pauses: (chance.below(3_000) as u64, chance.below(3_000) as u64),
                fails: chance.percent(15),
            };
            (0..each).map(&mut plan).collect()
        })
        .collect();
    let expected: usize = plans.iter().flatten().filter(|plan| !plan.fails).map(|plan| plan.changes).sum();
    let failing = plans.iter().flatten().filter(|plan| plan.fails).count();

    let done = Arc::new(AtomicBool::new(false));
    let readers: Vec<_> = (0..3).map(|_| tokio::spawn(follow(db.clone(), done.clone()))).collect();
    let writers = plans.into_iter().map(|plans| {
        let db = db.clone();
        tokio::spawn(async move {
            let mut given = Vec::new();
            let mut last = 0;
            for plan in plans {
                let result = db.write(move |tx| Box::pin(work(tx, plan))).await;
                if plan.fails {
                    assert_eq!(result.unwrap_err().message(), "This one was made to fail.");
                    continue;
                }
                let seq = result.unwrap().seq;
                assert!(seq > last, "a later write of one writer has the earlier number {seq}, after {last}");
                last = seq;
                given.extend(seq - plan.changes as i64 + 1..=seq);
            }
            given
        })
    });
    let mut given = Vec::new();
    for writer in futures::future::join_all(writers).await {
        given.extend(writer.unwrap());
    }
    done.store(true, Ordering::SeqCst);
    for reader in readers {
        let (seen, polls) = reader.await.unwrap();
        assert_eq!(seen, expected as i64, "after {polls} polls");
        println!("a reader saw {seen} changes in {polls} polls");
    }
    given.sort_unstable();
    assert_eq!(given, (1..=expected as i64).collect::<Vec<_>>(), "every number was given once, and to one writer");
    println!("{WRITERS} writers, {expected} changes, {failing} failed transactions, no gap");
}

both!(numbers_are_gap_free_and_in_commit_order_with_fifty_writers, async |t| fifty_writers(t).await);

both!(a_failed_write_leaves_no_gap_and_no_row, async |t| {
    let noted = |fails: bool| {
        t.db.write(move |tx| {
            Box::pin(async move {
                tx.note(Subject::Article(ArticleId(7)), Deed::Published, 1, Touches::default());
                if fails { Err(Error::new(Code::InvalidInput, "no")) } else { Ok(()) }
            })
        })
    };
    assert_eq!(noted(false).await.unwrap().seq, 1);
    assert_eq!(noted(true).await.unwrap_err().code(), Code::InvalidInput);
    assert_eq!(noted(false).await.unwrap().seq, 2);
    let mut conn = t.db.read().await.unwrap();
    let seqs: Vec<i64> = changes::after(&mut conn, 0, 100).await.unwrap().iter().map(|c| c.seq).collect();
    assert_eq!(seqs, [1, 2]);
});

both!(a_savepoint_that_is_undone_takes_its_changes_with_it, async |t| {
    let note = |tx: &mut Tx, n| tx.note(Subject::Article(ArticleId(n)), Deed::Published, 1, Touches::default());
    let written =
        t.db.write(move |tx| {
            Box::pin(async move {
                note(tx, 1);
                let part = tx.savepoint().await?;
                note(tx, 2);
                let undone = tx.settle(part, Err::<(), _>(Error::new(Code::Conflict, "undo"))).await?;
                assert!(undone.is_err());
                note(tx, 3);
                Ok(())
            })
        })
        .await
        .unwrap();
    assert_eq!(written.seq, 2);
    let mut conn = t.db.read().await.unwrap();
    let subjects: Vec<i64> =
        changes::after(&mut conn, 0, 10).await.unwrap().iter().map(|c| c.subject.number()).collect();
    assert_eq!(subjects, [1, 3]);
});

both!(a_write_without_changes_gives_the_head, async |t| {
    let write = || t.db.write(|_| Box::pin(async { Ok(()) }));
    assert_eq!(write().await.unwrap().seq, 0);
    t.db.write(|tx| {
        Box::pin(async {
            tx.note(Subject::Article(ArticleId(1)), Deed::Published, 1, Touches::default());
            Ok(())
        })
    })
    .await
    .unwrap();
    assert_eq!(write().await.unwrap().seq, 1);
});

both!(who_waits_for_the_head_wakes_when_it_moves, async |t| {
    let mut head = t.db.head();
    let waiting = tokio::spawn(async move { *head.wait_for(|seq| *seq >= 1).await.unwrap() });
    let note = |tx: &mut Tx| tx.note(Subject::Article(ArticleId(1)), Deed::Published, 1, Touches::default());
    t.db.write(move |tx| {
        note(tx);
        Box::pin(async { Ok(()) })
    })
    .await
    .unwrap();
    assert_eq!(tokio::time::timeout(Duration::from_secs(5), waiting).await.unwrap().unwrap(), 1);
});

both!(a_caller_who_goes_away_leaves_the_write_whole, async |t| {
    let db = t.db.clone();
    let slow = tokio::spawn(async move {
        db.write(|tx| {
            Box::pin(async {
                tx.note(Subject::Article(ArticleId(1)), Deed::Published, 1, Touches::default());
                tokio::time::sleep(Duration::from_millis(150)).await;
                Ok(())
            })
        })
        .await
    });
    tokio::time::sleep(Duration::from_millis(50)).await;
    slow.abort();
    let written = t.db.write(|_| Box::pin(async { Ok(()) })).await.unwrap();
    // On PostgreSQL the two do not wait for each other, so look until it is there.
    let mut seq = written.seq;
    for _ in 0..50 {
        if seq == 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
        let mut conn = t.db.read().await.unwrap();
        seq = changes::head(&mut conn).await.unwrap().seq;
    }
    assert_eq!(seq, 1, "the write was finished although nobody waited for it");
});

// What is known may be behind, never ahead of what a read sees; and a write that this process has made is never missing.
both!(a_head_is_known_until_something_moves_it, async |t| {
    let seen = async || Arc::new(changes::head(&mut t.db.read().await.unwrap()).await.unwrap());
    let write = || {
        t.db.write(|tx| {
            tx.note(Subject::Article(ArticleId(1)), Deed::Published, 1, Touches::default());
            Box::pin(async { Ok(()) })
        })
    };
    assert_eq!(t.db.known(), None, "nobody has looked yet");
    let first = seen().await;
    assert_eq!(t.db.known(), Some(first.clone()));
    let written = write().await.unwrap();
    assert_eq!(t.db.known(), None, "what else the head says after this is not known");
    let app = t.app();
    let reader = Reader::of(&app);
    assert_eq!(reader.seq().await.unwrap(), written.seq, "so it is read");
    let before = t.db.statements();
    assert_eq!(Reader::of(&app).seq().await.unwrap(), written.seq);
    assert_eq!(t.db.statements(), before, "and is known then");
    // Another process: it is behind until it looks, and labels what it reads with no more than it knows.
    let other = Db::open(&t.options, t.clock.clone()).await.unwrap();
    changes::head(&mut other.read().await.unwrap()).await.unwrap();
    let newer = write().await.unwrap();
    assert_eq!(other.known().unwrap().seq, written.seq);
    changes::head(&mut other.read().await.unwrap()).await.unwrap();
    assert_eq!(other.known().unwrap().seq, newer.seq);
    // A restored backup begins lower, under another name.
    let name = t.db.renew_log_id().await.unwrap();
    assert_eq!(t.db.known().unwrap().log_id, name);
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    assert_eq!(t.db.known(), None, "where nobody looks it is known no longer");
});

both!(a_renewed_log_has_another_name_and_goes_on_counting, async |t| {
    let mut conn = t.db.read().await.unwrap();
    let before = changes::head(&mut conn).await.unwrap();
    drop(conn);
    let fresh = t.db.renew_log_id().await.unwrap();
    let mut conn = t.db.read().await.unwrap();
    let after = changes::head(&mut conn).await.unwrap();
    assert_eq!((after.log_id.as_str(), after.seq), (fresh.as_str(), before.seq));
    assert_ne!(after.log_id, before.log_id);
});

both!(a_log_that_ends_before_what_was_seen_of_it_gets_another_name_once, async |t| {
    let seen = async || changes::head(&mut t.db.read().await.unwrap()).await.unwrap();
    for _ in 0..3 {
        let write = t.db.write(|tx| {
            tx.note(Subject::Article(ArticleId(1)), Deed::Published, 1, Touches::default());
            Box::pin(async { Ok(()) })
        });
        write.await.unwrap();
    }
    let before = seen().await;
    // What was seen is there, or was seen of another log.
    assert_eq!(changes::renew_if_older(&t.db, &before.log_id, before.seq).await.unwrap(), None);
    assert_eq!(changes::renew_if_older(&t.db, "another", before.seq + 1).await.unwrap(), None);
    assert_eq!(seen().await, before);
    // Several nodes start at once, each with an index that has seen more.
    let mut nodes = Vec::new();
    for _ in 0..4 {
        nodes.push(Db::open(&t.options, t.clock.clone()).await.unwrap());
    }
    let renewed = nodes.iter().map(|node| changes::renew_if_older(node, &before.log_id, before.seq + 1));
    let renewed = futures::future::join_all(renewed).await.into_iter().filter_map(|done| done.unwrap());
    let renewed: Vec<changes::Head> = renewed.collect();
    let now = seen().await;
    assert_eq!(renewed, std::slice::from_ref(&now));
    assert_eq!(now.seq, before.seq);
    assert_ne!(now.log_id, before.log_id);
    assert_eq!(changes::renew_if_older(&t.db, &before.log_id, before.seq + 1).await.unwrap(), None);
    assert_eq!(seen().await, now);
});

both!(a_write_that_panics_is_undone_and_the_next_one_goes_on, async |t| {
    // Deep within parts of its work, too.
    for parts in 0..3 {
        let uri = format!("urn:t:{parts}");
        let write = async |panics: bool| {
            let uri = uri.clone();
            let written = t.db.write(move |tx| {
                let uri = uri.clone();
                Box::pin(async move {
                    let mut entry = Entry::new(ArticleId(tx.next_id()), uri.clone(), uri);
                    newsroom::insert(tx, &mut entry).await?;
                    for _ in 0..if panics { parts } else { 0 } {
                        let _open = tx.savepoint().await?;
                    }
                    assert!(!panics, "this one was made to panic");
                    Ok(())
                })
            });
            written.await
        };
        assert_eq!(write(true).await.unwrap_err().code(), Code::Internal);
        assert!(t.entry(&uri).await.is_none());
        write(false).await.unwrap();
        assert!(t.entry(&uri).await.is_some());
    }
});
