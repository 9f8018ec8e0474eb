/// From text to syntax tree.
///
/// 1. {@link dune.frontend.parse.Lexing} cuts the text into tokens and replaces what other
///    languages write (`&&`).
/// 2. {@link dune.frontend.parse.Brackets} pairs the brackets, and mends them where one is missing.
/// 3. The ANTLR parser runs in its fast mode; only where that fails, again with {@link
///    dune.frontend.parse.Recovery}, which reports and goes on with the next statement.
/// 4. The builders make records of the parse tree, and check what the grammar leaves open.
///
/// {@link dune.frontend.parse.Parsing} is the entrance. No input makes it throw. Imports:
/// `grammar`, `ast`, `diagnostic`, `source`. Names are not resolved here.
package dune.frontend.parse;
