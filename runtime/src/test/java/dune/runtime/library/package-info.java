/// Tests of finding files.
package dune.runtime.library;
