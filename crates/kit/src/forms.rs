//! The forms and links of a page, read from its HTML as a browser without script has them.

use std::collections::BTreeSet;

/// A form that is posted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageForm {
    pub action: String,
    /// Whether it goes out in parts, for a file.
    pub is_multipart: bool,
    /// Each field that is no password, no file and no button.
    pub fields: Vec<PageField>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageField {
    pub name: String,
    pub value: String,
    /// Whether a person types into it.
    pub is_free: bool,
    /// The words of its label, of what a person sees.
    pub asks: Option<String>,
    /// What its value says, where it is one to choose.
    says: Option<String>,
}

impl PageForm {
    /// The fields with something typed into each that is free.
    pub fn typed(&self) -> Vec<(String, String)> {
        let fields = self.fields.iter().enumerate();
        fields
            .map(|(place, field)| {
                let value = match field.is_free {
                    true => format!("入力<{place}>"),
                    false => field.value.clone(),
                };
                (field.name.clone(), value)
            })
            .collect()
    }

    /// The fields as they stand, without what the page puts there of its own accord.
    pub fn given(&self) -> Vec<(String, String)> {
        self.fields
            .iter()
            .filter(|field| !is_own(&field.name))
            .map(|field| (field.name.clone(), field.value.clone()))
            .collect()
    }
}

/// The routes among `all` of which no page that was seen has the form; `actions` are where the seen forms lead.
pub fn unseen<'r>(all: &[&'r str], actions: &BTreeSet<String>) -> Vec<&'r str> {
    let is_of = |route: &str, path: &str| {
        let (route, path): (Vec<_>, Vec<_>) =
            (route.split('/').collect(), path.split('/').collect());
        route.len() == path.len()
            && route
                .iter()
                .zip(path)
                .all(|(wanted, given)| wanted.starts_with('{') || *wanted == given)
    };
    all.iter()
        .copied()
        .filter(|route| {
            !actions
                .iter()
                .any(|action| is_of(route, action))
        })
        .collect()
}

/// That the page of what is held names what was typed into a form by the form's own labels, and shows each choice by its words.
pub fn assert_named(held: &str, form: &PageForm) {
    let typed = form.typed();
    let mut names = BTreeSet::new();
    for (field, (name, value)) in form.fields.iter().zip(typed) {
        let Some(asks) = &field.asks else { continue };
        if value.is_empty() {
            continue;
        }
        let value = field.says.clone().unwrap_or(value);
        let escaped = |text: &str| {
            text.replace('&', "&amp;")
                .replace('<', "&lt;")
                .replace('>', "&gt;")
        };
        for shown in [
            format!("<dt>{}</dt>", escaped(asks)),
            format!("<dd>{}</dd>", escaped(&value)),
        ] {
            assert!(held.contains(&shown), "{name}: {shown}: {held}");
        }
        names.insert(name);
    }
    assert_eq!(held.matches("<dt>").count(), names.len(), "{held}");
}

/// All forms that a page posts, each once more for every button that sends it elsewhere.
pub fn forms_of(page: &str) -> Vec<PageForm> {
    let mut all = Vec::new();
    for form in page.split("<form ").skip(1) {
        let (head, rest) = form.split_once('>').unwrap();
        let body = rest.split("</form>").next().unwrap();
        if attribute(head, "method").as_deref() != Some("post") {
            continue;
        }
        let mut fields = Vec::new();
        let mut legend = None;
        for tag in body.split('<').skip(1) {
            let (tag, behind) = tag.split_once('>').unwrap_or((tag, ""));
            let kind = attribute(tag, "type").unwrap_or_default();
            if tag == "legend" {
                legend = Some(unescaped(behind));
            }
            let Some(name) = attribute(tag, "name") else {
                continue;
            };
            let is_free = tag.starts_with("textarea") || ["", "text"].contains(&kind.as_str());
            let value = match tag.starts_with("textarea") {
                true => unescaped(behind),
                false => attribute(tag, "value").unwrap_or_default(),
            };
            let is_left_out = tag.starts_with("button")
                || ["password", "file", "submit"].contains(&kind.as_str());
            if !is_left_out {
                let own = attribute(tag, "id").and_then(|id| label_of(body, &id));
                let (asks, says) = match kind.as_str() {
                    "hidden" => (None, None),
                    "radio" | "checkbox" => (legend.clone(), own),
                    _ => (own, None),
                };
                fields.push(PageField {
                    name,
                    value,
                    is_free,
                    asks,
                    says,
                });
            }
        }
        let send = |action: String, is_multipart| PageForm {
            action,
            is_multipart,
            fields: fields.clone(),
        };
        let is_multipart = attribute(head, "enctype").as_deref() == Some("multipart/form-data");
        all.push(send(attribute(head, "action").unwrap(), is_multipart));
        for button in body.split("<button ").skip(1) {
            let button = button.split('>').next().unwrap();
            if let Some(action) = attribute(button, "formaction") {
                let kind = attribute(button, "formenctype");
                all.push(send(action, kind.as_deref() == Some("multipart/form-data")));
            }
        }
    }
    all
}

/// The paths of this site that a page leads to.
pub fn links_of(page: &str) -> BTreeSet<String> {
    page.split("<a ")
        .skip(1)
        .filter_map(|link| attribute(link.split('>').next()?, "href"))
        .filter(|path| path.starts_with('/') && !path.starts_with("/language"))
        .map(|path| {
            path.split('#')
                .next()
                .unwrap()
                .to_owned()
        })
        .collect()
}

/// As a form's body, and its media type.
pub fn encoded(form: &PageForm, fields: &[(String, String)]) -> (String, String) {
    if !form.is_multipart {
        let percent = |text: &str| -> String {
            text.bytes()
                .map(|byte| format!("%{byte:02X}"))
                .collect()
        };
        let pairs: Vec<String> = fields
            .iter()
            .map(|(name, value)| format!("{}={}", percent(name), percent(value)))
            .collect();
        return (
            pairs.join("&"),
            "application/x-www-form-urlencoded".to_owned(),
        );
    }
    let mut body = String::new();
    for (name, value) in fields {
        body.push_str(&format!(
            "--edge\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        ));
    }
    body.push_str(
        "--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\nContent-Type: text/plain\r\n\r\n",
    );
    body.push_str(&"a".repeat(100_000));
    body.push_str("\r\n--edge--\r\n");
    (body, "multipart/form-data; boundary=edge".to_owned())
}

/// What a page puts into a form of its own accord.
pub fn is_own(name: &str) -> bool {
    ["form-token", "form-who", "form-words"].contains(&name)
}

/// The ticket of what is held, from where the answer leads.
pub fn held_in(location: &str) -> Option<&str> {
    let (_, ticket) = location.split_once("=/held/")?;
    Some(ticket)
}

/// The words of the label of the field with this id.
fn label_of(body: &str, id: &str) -> Option<String> {
    let (_, behind) = body.split_once(&format!("<label for=\"{id}\">"))?;
    Some(unescaped(behind).trim().to_owned())
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!("{name}=\""))?;
    Some(unescaped(rest.split('"').next()?))
}

fn unescaped(text: &str) -> String {
    text.split('<')
        .next()
        .unwrap_or_default()
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&amp;", "&")
}
