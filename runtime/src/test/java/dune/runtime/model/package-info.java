/// Tests of loaded models.
package dune.runtime.model;
