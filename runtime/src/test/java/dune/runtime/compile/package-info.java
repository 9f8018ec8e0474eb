/// Tests of compilation.
package dune.runtime.compile;
