package commands

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cocostat/internal/cli"
)

// A device without end is told by its beginning.
func TestEndlessFiles(t *testing.T) {
	const zero = "/dev/zero"
	if _, err := os.Stat(zero); err != nil {
		t.Skip("no /dev/zero here")
	}
	for _, args := range [][]string{
		{"curves", zero}, {"groups", zero}, {"convert", zero, filepath.Join(t.TempDir(), "w.json")}, {"schedule", zero},
	} {
		_, errs, code := cocostat(t.Context(), "", args...)
		if code != cli.ExitFailure || !strings.Contains(errs, zero) {
			t.Errorf("%q: exit code %d, %q", args, code, errs)
		}
	}
}
