//! The Gateway's part of the page: commands with their replies. All commands are built.

use super::super::credit::Row;
use super::{Count, Ground, Page, Standing};
use ucx_facts::commands;

pub fn commands_part(ground: Ground<'_>, page: &mut Page) {
    let rows = &ground.credit.replies;
    let (mut done, mut all) = (Count::default(), Count::default());
    page.head(
        "Gateway: commands",
        &[
            "command",
            "replies",
            "proved by",
            "replies that cannot be provoked",
        ],
    );
    let names = commands().iter().map(|command| command.name).chain(["*"]);
    for name in names {
        let shown = if name == "*" { "(any)" } else { name };
        let own: Vec<usize> = (0..rows.len()).filter(|at| rows[*at].command == name).collect();
        let mut provoked = 0;
        let mut cannot = Vec::new();
        for at in &own {
            let label = &rows[*at].label;
            if ground.credit.rows.contains_key(&Row::Reply(*at)) {
                provoked += 1;
                all.add(Standing::Proved);
            } else if let Some(why) = ground.reasons.of_built("command", name, label) {
                all.add(Standing::Cannot);
                cannot.push(format!("{label} ({why})"));
            } else {
                all.add(Standing::NoCase);
                page.missing("command", shown, label);
            }
        }
        if name != "*" {
            done.add(if provoked > 0 {
                Standing::Proved
            } else {
                Standing::NoCase
            });
        }
        let by = own.iter().find_map(|at| ground.credit.rows.get(&Row::Reply(*at)));
        let part = format!("{provoked}/{}", own.len());
        page.line(&[
            shown,
            &part,
            by.map_or("no case", String::as_str),
            &cannot.join("; "),
        ]);
    }
    page.counts.push(("Gateway: commands", done));
    page.counts.push(("Gateway: replies", all));
}
