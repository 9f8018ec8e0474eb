/// Tests of verification, and the goldens of every architecture.
package dune.runtime.verify;
