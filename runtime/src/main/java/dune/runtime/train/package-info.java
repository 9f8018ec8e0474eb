/// Training. In: a compiled loss and batches of tokens. Out: weights.
package dune.runtime.train;
