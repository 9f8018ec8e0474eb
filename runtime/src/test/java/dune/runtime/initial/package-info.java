/// Tests of random checkpoints.
package dune.runtime.initial;
