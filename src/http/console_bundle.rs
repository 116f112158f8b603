//! Joins the console's modules into few files, so that a browser asks once for the shell and once for each kind of page.
//!
//! Each module becomes a function that runs once and returns what the module exports; `modules` holds the results by path.
//! The shell's file has `modules`; the file of a view has only what the shell has not.

use std::collections::{BTreeMap, BTreeSet};

/// The module that starts the console.
const START: &str = "app.js";

/// What the shell's file begins with: the exports of each module, and how a view is loaded when it is needed.
const SHELL: &str = "\
export const modules = Object.create(null);
const load = async (name) => {
  if (!modules[name]) await import(new URL(name, import.meta.url));
  return modules[name];
};
";

/// The joined files by path. `read` gives the text of a module; `shared` are modules that most views need. `None` if a
/// module is written in a way that is not understood here.
pub fn bundles(read: &dyn Fn(&str) -> Option<String>, shared: &[String]) -> Option<BTreeMap<String, String>> {
    let mut shell = Joined { read, seen: BTreeSet::new(), text: SHELL.to_owned(), views: BTreeSet::new() };
    shared.iter().try_for_each(|name| shell.add(name))?;
    shell.add(START)?;
    let mut files = BTreeMap::new();
    for view in &shell.views {
        let up = "../".repeat(view.matches('/').count());
        let text = format!("import {{ modules }} from \"./{up}{START}\";\n");
        let mut file = Joined { read, seen: shell.seen.clone(), text, views: BTreeSet::new() };
        file.add(view)?;
        files.insert(view.clone(), file.text);
    }
    files.insert(START.to_owned(), shell.text);
    Some(files)
}

struct Joined<'a> {
    read: &'a dyn Fn(&str) -> Option<String>,
    seen: BTreeSet<String>,
    text: String,
    /// What is loaded when it is needed.
    views: BTreeSet<String>,
}

impl Joined<'_> {
    /// A module behind all that it imports.
    fn add(&mut self, name: &str) -> Option<()> {
        if !self.seen.insert(name.to_owned()) {
            return Some(());
        }
        let module = Module::of(name, &(self.read)(name)?)?;
        module.imports.iter().try_for_each(|import| self.add(import))?;
        self.views.extend(module.views);
        let wait = if name == START { "await (async " } else { "(" };
        self.text.push_str(&format!("modules[\"{name}\"] ??= {wait}() => {{\n{}}})();\n", module.text));
        Some(())
    }
}

/// What is known of one module.
struct Module {
    imports: Vec<String>,
    views: Vec<String>,
    text: String,
}

impl Module {
    fn of(name: &str, text: &str) -> Option<Module> {
        let (mut imports, mut views, mut exports) = (Vec::new(), Vec::new(), Vec::new());
        let mut body = String::with_capacity(text.len());
        let mut rest = text;
        while !rest.is_empty() {
            if let Some(import) = rest.strip_prefix("import {") {
                let (names, behind) = import.split_once("} from \"")?;
                let (path, behind) = behind.split_once("\";\n")?;
                let path = beside(name, path);
                body.push_str(&format!("const {{{}}} = modules[\"{path}\"];\n", names.replace(" as ", ": ")));
                imports.push(path);
                rest = behind;
                continue;
            }
            let (line, behind) = rest.split_once('\n').unwrap_or((rest, ""));
            rest = behind;
            if let Some(declared) = line.strip_prefix("export ") {
                exports.push(declared_name(declared)?.to_owned());
                body.push_str(declared);
            } else if let Some((before, listed)) = line.split_once("export{") {
                let listed = listed.strip_suffix("};")?;
                exports.extend(listed.split(',').map(renamed));
                body.push_str(before);
            } else {
                body.push_str(&with_views(name, line, &mut views)?);
            }
            body.push('\n');
        }
        let text = body.replace("import.meta.url", &format!("new URL(\"{name}\", import.meta.url)"));
        Some(Module { imports, views, text: format!("{text}return {{ {} }};\n", exports.join(", ")) })
    }
}

/// The name of `function NAME(`, `async function NAME(` or `const NAME =`.
fn declared_name(declared: &str) -> Option<&str> {
    let behind = ["function ", "async function ", "const "].iter().find_map(|start| declared.strip_prefix(start))?;
    behind.split(|letter: char| !letter.is_alphanumeric() && letter != '_').next().filter(|name| !name.is_empty())
}

/// `INNER as OUTER` as a property.
fn renamed(export: &str) -> String {
    match export.split_once(" as ") {
        Some((inner, outer)) => format!("{outer}: {inner}"),
        None => export.to_owned(),
    }
}

/// A line whose `import("./PATH")` is answered by `load`.
fn with_views(name: &str, line: &str, views: &mut Vec<String>) -> Option<String> {
    let Some((before, behind)) = line.split_once("import(\"") else { return Some(line.to_owned()) };
    let (path, behind) = behind.split_once("\")")?;
    let path = beside(name, path);
    let line = format!("{before}load(\"{path}\"){behind}");
    views.push(path);
    Some(line)
}

/// Where a relative address leads from a file.
fn beside(name: &str, path: &str) -> String {
    let mut parts: Vec<&str> = name.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;

    const APP: &str = "import { a } from \"./lib/a.js\";\nconst V = [() => import(\"./views/v/v.js\")];\n";
    const A: &str = "// A.\nimport { x as y } from \"../vendor/x.js\";\nexport function a() {\n  return y;\n}\n";
    const V: &str = "import {\n  a,\n} from \"../../lib/a.js\";\nimport { b } from \"./b.js\";\nexport const V = import.meta.url;\n";
    const B: &str = "export async function b() {}\n";
    const X: &str = "var z=1;export{z as x};\n";

    fn read(name: &str) -> Option<String> {
        let files = [("app.js", APP), ("lib/a.js", A), ("views/v/v.js", V), ("views/v/b.js", B), ("vendor/x.js", X)];
        files.iter().find(|(path, _)| *path == name).map(|(_, text)| (*text).to_owned())
    }

    #[test]
    fn modules_are_joined_in_the_order_of_their_imports() {
        let files = bundles(&read, &[]).unwrap();
        let shell = files["app.js"].strip_prefix(SHELL).unwrap();
        let wanted = "modules[\"vendor/x.js\"] ??= (() => {\nvar z=1;\nreturn { x: z };\n})();\n\
            modules[\"lib/a.js\"] ??= (() => {\n// A.\nconst { x: y } = modules[\"vendor/x.js\"];\n\
            function a() {\n  return y;\n}\nreturn { a };\n})();\n\
            modules[\"app.js\"] ??= await (async () => {\nconst { a } = modules[\"lib/a.js\"];\n\
            const V = [() => load(\"views/v/v.js\")];\nreturn {  };\n})();\n";
        assert_eq!(shell, wanted);
        let wanted = "import { modules } from \"./../../app.js\";\n\
            modules[\"views/v/b.js\"] ??= (() => {\nasync function b() {}\nreturn { b };\n})();\n\
            modules[\"views/v/v.js\"] ??= (() => {\nconst {\n  a,\n} = modules[\"lib/a.js\"];\n\
            const { b } = modules[\"views/v/b.js\"];\n\
            const V = new URL(\"views/v/v.js\", import.meta.url);\nreturn { V };\n})();\n";
        assert_eq!(files["views/v/v.js"], wanted);
        assert_eq!(files.len(), 2);
    }

    #[test]
    fn what_is_not_understood_is_not_joined() {
        for odd in ["export default 1;\n", "export let a = 1;\n", "import * as a from \"./a.js\";\nexport class A {}\n"]
        {
            assert!(Module::of("a.js", odd).is_none(), "{odd}");
        }
    }
}
