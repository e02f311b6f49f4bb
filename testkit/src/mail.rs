//! A mail, taken apart as its reader's program would.

/// A mail with both its parts.
#[derive(Debug, Clone)]
pub struct Mail {
    /// Everything before the parts, a header a line.
    pub head: String,
    /// What those see who read text.
    pub text: String,
    /// What everybody else sees.
    pub html: String,
}

impl Mail {
    /// Takes a mail apart; its parts are text as it is, or quoted-printable.
    ///
    /// # Panics
    /// When it is anything else.
    pub fn parse(mail: &str) -> Self {
        let (head, body) = split(mail);
        assert_eq!(header(&head, "MIME-Version"), "1.0", "{head}");
        let kind = header(&head, "Content-Type");
        assert!(kind.starts_with("multipart/alternative;"), "{head}");
        let boundary = kind.split_once("boundary=\"").unwrap().1.trim_end_matches('"');
        let mut pieces = body.split(&format!("--{boundary}")).collect::<Vec<_>>();
        assert_eq!(pieces.pop().unwrap().trim(), "--", "{mail}");
        let [_, text, html] = pieces[..] else { panic!("two parts: {mail}") };
        Self { text: part(text, "text/plain"), html: part(html, "text/html"), head }
    }

    /// A header; empty when it is absent.
    pub fn header(&self, name: &str) -> &str {
        header(&self.head, name)
    }

    /// Whom it is to.
    pub fn to(&self) -> &str {
        self.header("To")
    }

    /// Its subject.
    pub fn subject(&self) -> &str {
        self.header("Subject")
    }

    /// What stands behind `{link}?token=` in both parts, or `None`.
    ///
    /// # Panics
    /// When the parts differ in that.
    pub fn token(&self, link: &str) -> Option<String> {
        let behind = |text: &str| {
            let (_, rest) = text.split_once(&format!("{link}?token="))?;
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_').unwrap_or(rest.len());
            Some(rest[..end].to_owned())
        };
        let token = behind(&self.text);
        assert_eq!(token, behind(&self.html.replace("&#x2f;", "/")), "{self:?}");
        token
    }
}

/// Headers, unfolded, and what follows them.
fn split(text: &str) -> (String, &str) {
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    (head.replace("\r\n ", " ").replace("\r\n\t", " ").replace("\r\n", "\n"), body)
}

fn header<'h>(head: &'h str, name: &str) -> &'h str {
    let named = |line: &'h str| line.split_once(": ").filter(|(n, _)| n.eq_ignore_ascii_case(name));
    head.lines().find_map(named).map_or("", |(_, value)| value.trim())
}

fn part(text: &str, kind: &str) -> String {
    let (head, body) = split(text.trim_start_matches("\r\n"));
    assert!(header(&head, "Content-Type").starts_with(kind), "{text}");
    match header(&head, "Content-Transfer-Encoding") {
        "7bit" | "8bit" => body.replace("\r\n", "\n"),
        "quoted-printable" => unquote(body).replace("\r\n", "\n"),
        other => panic!("{other}: {text}"),
    }
}

/// Undoes quoted-printable (RFC 2045, section 6.7).
fn unquote(text: &str) -> String {
    let joined = text.replace("=\r\n", "");
    let mut pieces = joined.split('=');
    let mut bytes = pieces.next().unwrap().as_bytes().to_vec();
    for piece in pieces {
        bytes.push(u8::from_str_radix(&piece[..2], 16).unwrap());
        bytes.extend_from_slice(&piece.as_bytes()[2..]);
    }
    String::from_utf8(bytes).unwrap()
}
