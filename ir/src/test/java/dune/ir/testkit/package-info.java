/// What tests of every module share: random well-typed functions that cover every operation, their
/// inputs, and comparison of arrays.
package dune.ir.testkit;
