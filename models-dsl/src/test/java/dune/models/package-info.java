/// Tests of the library and the architectures: what they say, not how they are compiled.
package dune.models;
