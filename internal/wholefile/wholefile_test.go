package wholefile

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRead(t *testing.T) {
	text := strings.Repeat("0123456789", 200)
	path := filepath.Join(t.TempDir(), "a")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	head := ""
	keep := func(b []byte) error { head = string(b); return nil }
	got, err := Read(path, 2000, keep)
	if err != nil || string(got) != text || head != text[:Head] {
		t.Errorf("read %d bytes, head %q, %v", len(got), head, err)
	}
	if _, err := Read(path, 1999, keep); err == nil || !strings.Contains(err.Error(), "more than 1999 bytes") {
		t.Errorf("a limit of a byte less: %v", err)
	}
	if _, err := Read(t.TempDir(), 1, keep); err == nil {
		t.Error("a folder was read")
	}
}

// An endless file is read no further than its head.
func TestEndless(t *testing.T) {
	if _, err := os.Stat("/dev/zero"); err != nil {
		t.Skip("no /dev/zero here")
	}
	zeros := errors.New("zeros")
	if _, err := Read("/dev/zero", 1<<60, func([]byte) error { return zeros }); !errors.Is(err, zeros) {
		t.Errorf("error %v", err)
	}
	if _, err := Read("/dev/zero", 1<<20, func([]byte) error { return nil }); err == nil {
		t.Error("a file without end was read")
	}
}
