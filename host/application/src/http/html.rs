//! Pages for what goes wrong before it reaches the interface.

use super::response::Response;
use crate::operation::reason;
use std::fmt::Write;

/// The page of an error, as the field writes it.
pub fn error(status: u16, text: &str, server: &str) -> Response {
    let title = reason(status);
    let body = format!(
        "<!DOCTYPE HTML PUBLIC \"-//IETF//DTD HTML 2.0//EN\">\r\n<html><head>\r\n<title>{status} {title}</title>\r\n</head><body>\r\n<h1>{title}</h1>\r\n<p>{}</p>\r\n<hr />\r\n<address>{}</address>\r\n</body></html>\r\n",
        escape(text),
        escape(server),
    );
    Response {
        content_type: Some("text/html"),
        body: body.into(),
        ..Response::new(status)
    }
}

/// The page of `/httpstatus`.
pub fn status(server: &str, prefix: &str, address: &str) -> Response {
    let mut body = "<html><title>HTTP Status</title>\r\n<body bgcolor=\"#ffffff\">\r\n<table bgcolor=\"#f1f1f1\" align=\"center\"><tr><td bgcolor=\"#e0e0ff\" colspan=\"2\" width=\"500\">\r\n<h2>&nbsp;&nbsp;HTTP Status</h2></td></tr>\r\n".to_owned();
    for (name, value) in [("Server", server), ("Prefix", prefix), ("Bind Address", address)] {
        // A String takes whatever is written.
        let _ = write!(
            body,
            "<tr><td><i>{name}</i></td><td><b>{}</b></td></tr>\r\n",
            escape(value)
        );
    }
    body.push_str("</table></body></html>\r\n");
    Response {
        body: body.into(),
        ..Response::new(200)
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_of_a_missing_path_has_the_fields_length() {
        let page = error(
            404,
            "The requested URL was not found on this server.",
            "Asterisk/UNKNOWN__and_probably_unsupported",
        );
        assert_eq!(page.body.len(), 274);
    }
}
