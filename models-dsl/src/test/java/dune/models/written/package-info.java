/// Random models as an author would write them, as source text: what the library offers, beside the
/// same written by hand. Goes in: choices that jqwik draws and shrinks. Comes out: a `.dune` file.
package dune.models.written;
