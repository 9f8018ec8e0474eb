/// How fast a model is on this machine, and what bounds it.
package dune.runtime.bench;
