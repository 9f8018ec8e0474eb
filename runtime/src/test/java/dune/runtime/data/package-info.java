/// Tests of what models learn from.
package dune.runtime.data;
