//! `IF`: one of two texts.

use ucx_dialplan::{Branches, truth};
use ucx_pbx::FunctionContext;

function!(If, "IF", read read;
    synopsis: "One of two texts.",
    syntax: "IF(expression?[true][:false])",
    arguments: &[
        ("expression", "False if empty or 0."),
        ("true", "Taken if it is true; quotes around it are dropped."),
        ("false", "Taken if it is false; the same."),
    ],
);

fn read(_: &FunctionContext<'_>, args: &str) -> Result<String, String> {
    let branches = Branches::parse(args).ok_or("IF needs expression?true:false")?;
    Ok(chosen(&branches, truth(branches.condition)))
}

pub(super) fn chosen(branches: &Branches<'_>, is_true: bool) -> String {
    let text = if is_true { branches.yes } else { branches.no };
    let bare = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    bare.unwrap_or(text).to_owned()
}

#[cfg(test)]
mod tests {
    use crate::tests::expand;

    #[test]
    fn one_of_two_is_taken() {
        assert_eq!(
            expand("${IF($[1 = 1]?yes:no)} ${IF(0?yes:no)} [${IF(0?yes)}] ${IF(1?\"a b\":c)} [${IF(1)}]"),
            "yes no [] a b []"
        );
    }
}
