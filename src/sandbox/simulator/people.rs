//! A person and a group, as the identity provider knows them.

/// A person at the identity provider.
#[derive(Clone, Debug)]
pub struct Person {
    pub user_name: String,
    pub given: String,
    pub family: String,
    pub display: String,
    pub title: String,
    pub department: String,
    pub external: String,
    pub active: bool,
    /// The id that the server gave.
    pub id: Option<String>,
}

/// A group at the identity provider.
#[derive(Clone, Debug)]
pub struct Group {
    pub name: String,
    pub external: String,
    /// Who is in it, by their place in the cast.
    pub members: Vec<usize>,
    /// Who was taken out of it.
    pub removed: Vec<usize>,
    /// The id that the server gave.
    pub id: Option<String>,
}
