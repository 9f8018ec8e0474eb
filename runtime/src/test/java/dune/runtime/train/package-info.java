/// Tests of training.
package dune.runtime.train;
