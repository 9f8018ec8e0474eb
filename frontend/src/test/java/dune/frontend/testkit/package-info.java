/// How tests check files: with the library of this repository, and with a `config.json` where one
/// is given.
package dune.frontend.testkit;
