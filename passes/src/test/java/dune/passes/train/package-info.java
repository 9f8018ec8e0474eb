/// Tests of what training runs.
package dune.passes.train;
