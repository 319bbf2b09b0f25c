//! The header of a section: `[name](!,+qualifier,template,…)`.

use crate::line::trim;
use crate::qualifier::Qualifier;

/// The most templates one header may name; a header with more is refused.
pub(crate) const MAX_TEMPLATES: usize = 64;

/// What a header asks for.
#[derive(Debug, Default)]
pub(crate) struct Header<'a> {
    pub name: &'a str,
    pub template: bool,
    /// `(+)` or `(+qualifier)`: the entries go to a section that is there already.
    pub append: Option<Qualifier>,
    pub templates: Vec<&'a str>,
    /// Text behind the header that has no meaning there.
    pub trailing: Option<&'a str>,
}

/// Reads a line that starts with `[`; the error is a sentence.
pub(crate) fn parse(line: &str) -> Result<Header<'_>, String> {
    let inner = line.strip_prefix('[').unwrap_or(line);
    let Some((name, rest)) = inner.split_once(']') else {
        return Err("a section's name lacks its closing ]".to_owned());
    };
    let mut header = Header {
        name: trim(name),
        ..Header::default()
    };
    if header.name.is_empty() {
        return Err("a section needs a name between [ and ]".to_owned());
    }
    let rest = trim(rest);
    let Some(options) = rest.strip_prefix('(') else {
        header.trailing = (!rest.is_empty()).then_some(rest);
        return Ok(header);
    };
    let Some((options, trailing)) = options.rsplit_once(')') else {
        return Err(format!("the options of [{}] lack their closing )", header.name));
    };
    let trailing = trim(trailing);
    header.trailing = (!trailing.is_empty()).then_some(trailing);
    for option in options.split(',').map(trim).filter(|option| !option.is_empty()) {
        header.option(option)?;
    }
    Ok(header)
}

impl<'a> Header<'a> {
    fn option(&mut self, option: &'a str) -> Result<(), String> {
        if option == "!" {
            self.template = true;
            return Ok(());
        }
        let Some(qualifier) = option.strip_prefix('+') else {
            return self.inherit(option);
        };
        let qualifier = trim(qualifier);
        if !qualifier.is_empty() && !qualifier.contains('=') {
            // `(+name)` is `(+,name)`: append, and inherit as well.
            self.append.get_or_insert_default();
            return self.inherit(qualifier);
        }
        self.append = Some(Qualifier::parse(qualifier)?);
        Ok(())
    }

    fn inherit(&mut self, template: &'a str) -> Result<(), String> {
        if self.templates.len() >= MAX_TEMPLATES {
            return Err(format!(
                "[{}] names more than {MAX_TEMPLATES} templates",
                self.name
            ));
        }
        self.templates.push(template);
        Ok(())
    }
}
