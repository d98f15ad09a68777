//! Spans of text and what marks them.

/// A run of text with the same marks throughout. `\n` is a line break.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Span {
    /// The text.
    pub text: String,
    /// Its decorators.
    pub marks: Marks,
    /// Where it leads.
    pub link: Option<Link>,
}

impl Span {
    /// Text without any mark.
    pub fn plain(text: impl Into<String>) -> Span {
        Span { text: text.into(), ..Span::default() }
    }
}

/// The text of spans without their marks.
pub fn plain(children: &[Span]) -> String {
    children.iter().map(|span| span.text.as_str()).collect()
}

/// A link annotation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Link {
    /// The address: `http`, `https`, `mailto`, `tel` or relative.
    pub href: String,
    /// What is there, where the source said so.
    pub title: Option<String>,
}

/// A set of decorators.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Marks(u8);

impl Marks {
    /// No decorator.
    pub const NONE: Marks = Marks(0);
    /// Strong importance.
    pub const STRONG: Marks = Marks(1);
    /// Emphasis.
    pub const EM: Marks = Marks(2);
    /// Underlined.
    pub const UNDERLINE: Marks = Marks(4);
    /// Struck through.
    pub const STRIKE: Marks = Marks(8);
    /// Below the line.
    pub const SUB: Marks = Marks(16);
    /// Above the line.
    pub const SUP: Marks = Marks(32);
    /// Program text.
    pub const CODE: Marks = Marks(64);

    /// Every decorator with its name in Portable Text, in the order in which marks are written.
    pub const ALL: &'static [(Marks, &'static str)] = &[
        (Marks::STRONG, "strong"),
        (Marks::EM, "em"),
        (Marks::UNDERLINE, "underline"),
        (Marks::STRIKE, "strike-through"),
        (Marks::SUB, "sub"),
        (Marks::SUP, "sup"),
        (Marks::CODE, "code"),
    ];

    /// The decorator of that name.
    pub fn named(name: &str) -> Option<Marks> {
        Marks::ALL.iter().find(|(_, n)| *n == name).map(|(mark, _)| *mark)
    }

    /// Whether all of `other` are in it.
    pub fn has(self, other: Marks) -> bool {
        self.0 & other.0 == other.0
    }

    /// Those in either.
    pub fn with(self, other: Marks) -> Marks {
        Marks(self.0 | other.0)
    }

    /// Those in both.
    pub fn both(self, other: Marks) -> Marks {
        Marks(self.0 & other.0)
    }

    /// Whether there is none.
    pub fn is_none(self) -> bool {
        self.0 == 0
    }

    /// Each decorator in it, in the order of [`Marks::ALL`].
    pub fn each(self) -> impl Iterator<Item = (Marks, &'static str)> {
        Marks::ALL.iter().copied().filter(move |(mark, _)| self.has(*mark))
    }
}
