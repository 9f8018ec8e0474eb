/// Tests.
package dune.runtime.plot;
