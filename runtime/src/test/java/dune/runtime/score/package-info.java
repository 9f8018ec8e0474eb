/// Tests of scoring.
package dune.runtime.score;
