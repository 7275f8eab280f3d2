//go:build unix

package atomicfile_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"cocostat/internal/atomicfile"
)

// A pipe, as a device, is written to and stays what it is.
func TestWriteIntoPipe(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip(err)
	}
	if err := atomicfile.Check(pipe); err != nil { // without waiting for a reader
		t.Error(err)
	}
	got := make(chan string)
	go func() {
		content, err := os.ReadFile(pipe)
		if err != nil {
			t.Error(err)
		}
		got <- string(content)
	}()
	if err := atomicfile.WriteBytes(pipe, []byte("content")); err != nil {
		t.Fatal(err)
	}
	if read := <-got; read != "content" {
		t.Errorf("read %q", read)
	}
	if info, err := os.Lstat(pipe); err != nil || info.Mode()&os.ModeNamedPipe == 0 || names(t, dir) != "pipe" {
		t.Errorf("the folder holds %q (%v, %v)", names(t, dir), info.Mode(), err)
	}
}
