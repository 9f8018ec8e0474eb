/// Which dune this is: the version that `--version` prints, and that bundles record.
package dune.runtime.release;
