/// Tests of the formatter.
package dune.frontend.format;
