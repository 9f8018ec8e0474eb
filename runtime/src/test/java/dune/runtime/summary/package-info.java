/// Tests of what models cost.
package dune.runtime.summary;
