/// Tests of bundles.
package dune.runtime.bundle;
