//go:build race

package cli_test

// raced tells whether the race detector is there, which maps terabytes.
const raced = true
