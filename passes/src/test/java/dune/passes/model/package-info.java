/// Small models for tests, in the form in which the frontend lowers them.
package dune.passes.model;
