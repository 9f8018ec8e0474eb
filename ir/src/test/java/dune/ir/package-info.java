/// Tests of the intermediate representation.
package dune.ir;
