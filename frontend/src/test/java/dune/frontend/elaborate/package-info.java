/// Tests of elaboration.
package dune.frontend.elaborate;
