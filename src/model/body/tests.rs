use super::*;

fn refused(json: &str) -> String {
    let error = Body::from_json(json).expect_err(json);
    assert_eq!(error.code(), crate::error::Code::InvalidInput);
    error.message().to_owned()
}

fn block(properties: &str) -> String {
    format!(r#"[{{"_type":"block","children":[{{"_type":"span","text":"x"}}],{properties}}}]"#)
}

#[test]
fn json_is_portable_text_with_keys_from_positions() {
    let link = Some(Link { href: "https://example.org/".into(), title: None });
    let body = Body::new(vec![
        Block::Text(TextBlock {
            children: vec![
                Span::plain("See "),
                Span { text: "the".into(), link: link.clone(), ..Span::default() },
                Span { text: "report".into(), marks: Marks::STRONG, link },
            ],
            ..TextBlock::default()
        }),
        Block::Divider,
        Block::Text(TextBlock {
            list: Some(ListItem { kind: ListKind::Number, level: 1, start: Some(4) }),
            ..TextBlock::plain(Style::Normal, "four")
        }),
    ])
    .unwrap();
    let json = serde_json::to_value(&body).unwrap();
    assert_eq!(
        json,
        serde_json::json!([
            {"_type": "block", "_key": "b0", "style": "normal",
             "markDefs": [{"_type": "link", "_key": "b0m0", "href": "https://example.org/"}],
             "children": [
                {"_type": "span", "_key": "b0s0", "text": "See ", "marks": []},
                {"_type": "span", "_key": "b0s1", "text": "the", "marks": ["b0m0"]},
                {"_type": "span", "_key": "b0s2", "text": "report", "marks": ["strong", "b0m0"]}]},
            {"_type": "divider", "_key": "b1"},
            {"_type": "block", "_key": "b2", "style": "normal", "listItem": "number", "level": 1, "start": 4,
             "markDefs": [], "children": [{"_type": "span", "_key": "b2s0", "text": "four", "marks": []}]}
        ])
    );
    assert_eq!(Body::from_json(&json.to_string()).unwrap(), body);
    assert_eq!(serde_json::from_value::<Body>(json).unwrap(), body);
}

#[test]
fn captions_are_strings_for_everyone_and_keep_their_links() {
    let json = r#"[{"_type":"image","url":"/a.png","alt":"A","caption":"By  B"},
        {"_type":"image","url":"/a.png","caption":"ignored","richCaption":{"children":[{"text":"By B","marks":["k"]}],
         "markDefs":[{"_type":"link","_key":"k","href":"https://b.example/"}]},"width":10,"height":20,"href":"/big.png"}]"#;
    let body = Body::from_json(json).unwrap();
    let out = serde_json::to_value(&body).unwrap();
    assert_eq!(out[0]["caption"], "By B");
    assert!(out[0].get("richCaption").is_none());
    assert_eq!(out[1]["caption"], "By B");
    assert_eq!(out[1]["richCaption"]["markDefs"][0]["href"], "https://b.example/");
    assert_eq!(serde_json::from_value::<Body>(out).unwrap(), body);
    assert_eq!(body.links().collect::<Vec<_>>(), ["/big.png", "https://b.example/"]);
}

#[test]
fn tables_keep_links_in_cells_and_are_filled_up() {
    let json = r#"[{"_type":"table","rows":[{"header":true,"cells":[{"children":[{"text":"A"}]},{"children":[{"text":"B"}]}]},
        {"cells":[{"header":true,"children":[{"text":"c","marks":["k"]}],"markDefs":[{"_type":"link","_key":"k","href":"/c"}]}]}]}]"#;
    let body = Body::from_json(json).unwrap();
    let [Block::Table(table)] = body.blocks() else { panic!("a table") };
    assert_eq!(table.rows[1].cells.len(), 2);
    assert!(table.rows[1].cells[0].header);
    assert_eq!(body.plain_text(), "A\tB\nc\t");
    assert_eq!(serde_json::from_str::<Body>(&serde_json::to_string(&body).unwrap()).unwrap(), body);
}

#[test]
fn words_are_read_from_what_is_written_as_the_body_says_them() {
    let bodies = [
        "[]",
        r#"[{"_type":"divider"},{"_type":"block","children":[{"text":"a \"q\" "},{"text":"b","marks":["strong"]}]},
            {"_type":"divider"},{"_type":"block","style":"h2","children":[{"text":""}]},{"_type":"code","code":"x\n\ty"},
            {"_type":"image","url":"/a.png","caption":"plain"},{"_type":"image","url":"/a.png"},
            {"_type":"image","url":"/a.png","richCaption":{"children":[{"text":"By "},{"text":"B","marks":["em"]}],"markDefs":[]}},
            {"_type":"embed","provider":"youtube","url":"https://youtu.be/x","title":"T"},
            {"_type":"embed","provider":"youtube","url":"https://youtu.be/x"},
            {"_type":"table","caption":"C","rows":[{"cells":[{"children":[{"text":"1"}]},{"children":[{"text":""}]}]},
             {"cells":[{"children":[{"text":"2"},{"text":"3","marks":["em"]}]},{"children":[{"text":"4"}]}]}]},
            {"_type":"table","rows":[{"cells":[{"children":[{"text":""}]}]}]},{"_type":"divider"}]"#,
    ];
    for json in bodies {
        let body = Body::from_json(json).unwrap();
        let written = serde_json::to_string(&body).unwrap();
        assert_eq!(Body::text_of_written(&written).unwrap(), body.plain_text(), "{written}");
    }
    for other in ["", "{}", "[{}]", r#"[{"_type":"video"}]"#, r#"[{"_type":"block","children":[{"text":5}]}]"#] {
        assert_eq!(Body::text_of_written(other), None, "{other}");
    }
}

#[test]
fn nonsense_is_refused_with_place_and_mend() {
    let cases = [
        (r#"{"_type":"block"}"#.to_owned(), "body: cannot be read"),
        (r#"[{"_type":"block","children":[{"text":5}]}]"#.to_owned(), "body[0].children[0].text: cannot be read"),
        ("[]x".to_owned(), "body: cannot be read"),
        (r#"[{"_type":"video"}]"#.to_owned(), "body[0]._type: \"video\" is no kind of block; use"),
        (r#"[{"_type":"image"}]"#.to_owned(), "body[0].url: is missing"),
        (r#"[{"_type":"block"}]"#.to_owned(), "body[0].children: is missing"),
        (block(r#""style":"big""#), "body[0].style: \"big\" is not known; use normal"),
        (block(r#""style":"correction""#), "body[0].style: is a notice"),
        (block(r#""style":"attribution""#), "body[0].style: is attribution but stands below no quote"),
        (block(r#""listItem":"square""#), "body[0].listItem: \"square\""),
        (block(r#""listItem":"bullet","level":11"#), "body[0].level: is not from 1 to 10"),
        (block(r#""listItem":"bullet","level":256"#), "body[0].level: is not from 1 to 10"),
        (block(r#""listItem":"bullet","style":"h2""#), "body[0].listItem: cannot stand"),
        (block(r#""cite":"/a""#), "body[0].cite: stands on a block that is no quote"),
        (block(r#""style":"blockquote","cite":"data:x""#), "body[0].cite: \"data:x\" has a scheme"),
        (
            r#"[{"_type":"block","children":[{"text":"x","marks":["k"]}]}]"#.to_owned(),
            "body[0].children[0].marks[0]: \"k\" is neither",
        ),
        (
            r#"[{"_type":"block","children":[{"text":"x","marks":["k"]}],"markDefs":[{"_type":"link","_key":"k","href":"java\tscript:x"}]}]"#
                .to_owned(),
            "body[0].children[0] (link).href:",
        ),
        (
            r#"[{"_type":"block","children":[{"text":"x"}],"markDefs":[{"_type":"note","_key":"k"}]}]"#.to_owned(),
            "body[0].markDefs[0]: is a \"note\"",
        ),
        (r#"[{"_type":"block","children":[{"text":"a\u0000b"}]}]"#.to_owned(), "body[0].children[0].text: has the character U+0000"),
        (r#"[{"_type":"block","children":[{"_type":"image","text":"x"}]}]"#.to_owned(), "body[0].children[0]._type: is not span"),
        (r#"[{"_type":"image","url":"/a","width":0}]"#.to_owned(), "body[0].width"),
        (r#"[{"_type":"image","url":"//evil/a"}]"#.to_owned(), "body[0].url"),
        (r#"[{"_type":"embed","url":"/a","provider":"x"}]"#.to_owned(), "body[0].url"),
        (r#"[{"_type":"embed","url":"https://a.b/","provider":"X y"}]"#.to_owned(), "body[0].provider"),
        (r#"[{"_type":"code","code":"x","language":"a b"}]"#.to_owned(), "body[0].language"),
    ];
    for (json, message) in cases {
        let said = refused(&json);
        assert!(said.starts_with(message), "{json}\n said {said}\n not {message}");
    }
}

#[test]
fn unknown_properties_are_dropped_and_h1_becomes_h2() {
    let body = Body::from_json(&block(r#""style":"h1","_createdAt":"x","x":{"y":[1]}"#)).unwrap();
    assert_eq!(body.blocks(), [Block::Text(TextBlock::plain(Style::H2, "x"))]);
}

#[test]
fn the_canonical_form_is_what_a_browser_shows() {
    let strong = |text: &str| Span { text: text.into(), marks: Marks::STRONG, link: None };
    let body = Body::new(vec![
        Block::Text(TextBlock {
            children: vec![Span::plain(" a\t "), strong(" b "), strong("c "), Span::plain(" \n \n\n e\u{301}\r\n")],
            ..TextBlock::default()
        }),
        Block::Text(TextBlock::plain(Style::Normal, " \u{A0} ")),
    ])
    .unwrap();
    let expected = vec![Span::plain("a "), strong("b c"), Span::plain("\n\n\u{E9}")];
    assert_eq!(body.blocks(), [Block::Text(TextBlock { children: expected, ..TextBlock::default() })]);
    assert_eq!(Body::new(body.clone().into_blocks()).unwrap(), body);
}

#[test]
fn numbers_that_follow_from_the_items_before_are_not_said() {
    let item = |level, kind, start| {
        Block::Text(TextBlock { list: Some(ListItem { kind, level, start }), ..TextBlock::plain(Style::Normal, "x") })
    };
    use ListKind::{Bullet, Number};
    let body = Body::new(vec![
        item(1, Number, Some(1)),
        item(1, Number, Some(2)),
        item(2, Bullet, Some(7)),
        item(1, Number, Some(3)),
        item(1, Number, Some(1)),
        Block::Divider,
        item(1, Number, Some(2)),
        item(1, Number, Some(3)),
    ])
    .unwrap();
    let starts: Vec<_> = body
        .blocks()
        .iter()
        .filter_map(|block| if let Block::Text(text) = block { Some(text.list.unwrap().start) } else { None })
        .collect();
    assert_eq!(starts, [None, None, None, None, Some(1), Some(2), None]);
    let mut numbering = Numbering::default();
    let numbers: Vec<_> = body.blocks().iter().filter_map(|block| numbering.number(block)).collect();
    assert_eq!(numbers, [1, 2, 3, 1, 2, 3]);
}

#[test]
fn notices_stand_around_the_body_and_do_not_move_its_keys() {
    let body = Body::new(vec![Block::Text(TextBlock::plain(Style::Normal, "Text"))]).unwrap();
    let correction = Correction { published_at: "2024-03-01T10:00:00Z", text: "A name was wrong." };
    let shown = body.with_notices(Some("Op-Ed"), &["Not our view.", " "], &[correction]);
    let json = serde_json::to_value(&shown).unwrap();
    let seen: Vec<_> =
        (0..4).map(|i| (json[i]["_key"].as_str().unwrap(), json[i]["style"].as_str().unwrap())).collect();
    assert_eq!(seen, [("n0", "label"), ("n1", "disclaimer"), ("b0", "normal"), ("n2", "correction")]);
    assert_eq!(json[3]["publishedAt"], "2024-03-01T10:00:00Z");
    assert!(Body::new(shown.into_blocks()).is_err());
}

#[test]
fn words_are_counted_in_any_script() {
    let count = |text: &str| Body::new(vec![Block::Text(TextBlock::plain(Style::Normal, text))]).unwrap().word_count();
    assert_eq!(count("The 3 rules – don’t shout."), 5);
    assert_eq!(count("東京で地震"), 5);
    assert_eq!(Body::default().word_count(), 0);
}

#[test]
fn a_body_that_is_too_large_is_refused() {
    let many = vec![Block::Divider; MAX_BLOCKS + 1];
    assert!(Body::new(many.clone()).unwrap_err().message().contains("divide it"));
    assert_eq!(Body::keep_valid(many).1, 1);
    let long = Block::Text(TextBlock::plain(Style::Normal, "x".repeat(MAX_TEXT / 2 + 1)));
    assert!(Body::new(vec![long.clone(), long]).is_err());
}

#[test]
fn a_table_counts_as_it_will_be_when_its_rows_are_filled_up() {
    let cell = |text: &str| Cell { children: vec![Span::plain(text)], ..Cell::default() };
    let row = |cells: Vec<Cell>| Row { cells, ..Row::default() };
    let table = |rows: usize| {
        let wide = row((0..MAX_COLUMNS).map(|_| cell("w")).collect());
        let narrow = (0..rows).map(|_| row(vec![cell("x")]));
        Block::Table(Table { rows: [wide].into_iter().chain(narrow).collect(), ..Table::default() })
    };
    // What is let through can be read again as it was written.
    let body = Body::new(vec![table(1_000)]).unwrap();
    assert_eq!(Body::new(body.blocks().to_vec()).unwrap(), body);
    for rows in [2_000, 20_000] {
        let error = Body::new(vec![table(rows)]).unwrap_err();
        assert!(error.message().contains("over 2097152 bytes"), "{}", error.message());
        let (kept, left_out) = Body::keep_valid(vec![Block::Divider, table(rows)]);
        assert_eq!((kept.blocks().len(), left_out), (1, 1));
    }
    let empty = r#"{"cells":[]},"#.repeat(30_000);
    let json = format!(
        r#"[{{"_type":"table","rows":[{empty}{{"cells":[{}{{"children":[]}}]}}]}}]"#,
        r#"{"children":[]},"#.repeat(99)
    );
    assert!(refused(&json).contains("over 2097152 bytes"));
}

#[test]
fn rows_without_text_go_and_leave_a_table_as_wide_as_it_was() {
    let row = |cells: &[&str]| Row {
        cells: cells.iter().map(|text| Cell { children: vec![Span::plain(*text)], ..Cell::default() }).collect(),
        ..Row::default()
    };
    let rows = vec![row(&["", " ", ""]), row(&["a", "b"]), row(&[])];
    let body = Body::new(vec![Block::Table(Table { rows, ..Table::default() })]).unwrap();
    let [Block::Table(table)] = body.blocks() else { panic!("a table") };
    assert_eq!(table.rows.iter().map(|row| row.cells.len()).collect::<Vec<_>>(), [3]);
}
