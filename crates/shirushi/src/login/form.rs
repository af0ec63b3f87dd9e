//! A form in a page, as far as a log-in needs it: where it goes, and what it bears hidden. Bounded by the page's length; what is no
//! form of ours is none.

/// A form that is sent by POST.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Form {
    pub(super) action: String,
    /// Names and values of the hidden fields.
    pub(super) hidden: Vec<(String, String)>,
    /// Whether it asks for a password: it is another way to log in than by card, and is not sent.
    pub(super) asks_a_password: bool,
}

/// The form of `page` that goes to `action`.
pub(super) fn find(page: &str, action: &str) -> Option<Form> {
    let mut rest = page;
    while let Some((_, behind)) = rest.split_once("<form") {
        let (tag, inner) = behind.split_once('>')?;
        let (body, after) = inner.split_once("</form>")?;
        rest = after;
        let is_post = attribute(tag, "method").is_some_and(|m| m.eq_ignore_ascii_case("post"));
        if is_post && attribute(tag, "action").as_deref() == Some(action) {
            return Some(Form {
                action: action.to_owned(),
                hidden: hidden(body),
                asks_a_password: inputs(body)
                    .any(|tag| attribute(tag, "type").as_deref() == Some("password")),
            });
        }
    }
    None
}

/// The title of a page.
pub(super) fn title(page: &str) -> String {
    page.split_once("<title>")
        .and_then(|(_, rest)| rest.split_once("</title>"))
        .map(|(title, _)| unescape(title.trim()))
        .unwrap_or_default()
}

/// The words of a page's main part, tags left out.
pub(super) fn words(page: &str) -> String {
    let main = page
        .split_once("<main")
        .and_then(|(_, rest)| rest.split_once('>'))
        .map_or(page, |(_, rest)| rest);
    let main = main
        .split_once("</main>")
        .map_or(main, |(main, _)| main);
    let mut text = String::new();
    let mut rest = main;
    while let Some((before, behind)) = rest.split_once('<') {
        text.push_str(before);
        text.push(' ');
        rest = behind
            .split_once('>')
            .map_or("", |(_, rest)| rest);
    }
    text.push_str(rest);
    let words: Vec<_> = text.split_whitespace().collect();
    unescape(&words.join(" "))
}

fn inputs(body: &str) -> impl Iterator<Item = &str> {
    body.split("<input")
        .skip(1)
        .filter_map(|rest| rest.split_once('>'))
        .map(|(tag, _)| tag)
}

fn hidden(body: &str) -> Vec<(String, String)> {
    inputs(body)
        .filter(|tag| attribute(tag, "type").as_deref() == Some("hidden"))
        .filter_map(|tag| {
            let value = attribute(tag, "value").unwrap_or_default();
            Some((attribute(tag, "name")?, value))
        })
        .collect()
}

/// The value of an attribute in double quotes.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    let (value, _) = rest.split_once('"')?;
    Some(unescape(value))
}

fn unescape(text: &str) -> String {
    // The ampersand last, so that nothing is unescaped twice.
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::{Form, find, title, words};

    const PAGE: &str = r#"<html><head><title>Log in &amp; out</title></head><body><form method="post" action="/language">
        <input type="hidden" name="to" value="ja"></form><main id="x"><p>Hello <b>there</b> &lt;you&gt;</p>
        <form method="post" action="/log-in" data-once><input type="hidden" name="form-token" value="a&quot;b&amp;lt;">
        <input type="text" name="shown" value="1"><input type="hidden" name="to" value="/my"><button>x</button></form></main>"#;

    #[test]
    fn the_form_that_goes_there_is_found_with_what_it_bears() {
        let form = find(PAGE, "/log-in").unwrap();
        let hidden = [("form-token", "a\"b&lt;"), ("to", "/my")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(
            form,
            Form {
                action: "/log-in".to_owned(),
                hidden: hidden.to_vec(),
                asks_a_password: false,
            }
        );
        let with_password = PAGE.replace("type=\"text\"", "type=\"password\"");
        assert!(
            find(&with_password, "/log-in")
                .unwrap()
                .asks_a_password
        );
        assert_eq!(title(PAGE), "Log in & out");
        assert!(
            words(PAGE).starts_with("Hello there <you>"),
            "{}",
            words(PAGE)
        );
        for other in [
            "",
            "<form",
            "<form action=\"/log-in\">",
            "<form method=\"post\" action=\"/log-in\">",
        ] {
            assert_eq!(find(other, "/log-in"), None);
        }
    }
}
