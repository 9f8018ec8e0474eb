/// Tests of settings in files.
package dune.runtime.settings;
