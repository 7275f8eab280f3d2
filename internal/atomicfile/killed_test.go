//go:build unix

package atomicfile_test

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"cocostat/internal/atomicfile"
)

// The test binary is a writer, in a process of its own, where the variable
// names its file.
const asWriter = "COCOSTAT_TEST_AS_WRITER"

func TestMain(m *testing.M) {
	if path := os.Getenv(asWriter); path != "" {
		writeSlowly(path)
		return
	}
	os.Exit(m.Run())
}

// writeSlowly writes to path what comes in, says so, and goes on until nothing
// comes any more. The word abandon ends the process in the middle of it.
func writeSlowly(path string) {
	err := atomicfile.Write(path, func(w io.Writer) error {
		for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
			if lines.Text() == "abandon" {
				atomicfile.Abandon()
				os.Exit(0)
			}
			fmt.Fprintln(w, lines.Text())
			fmt.Println("written")
		}
		return nil
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// writer is a process that is writing a file.
type writer struct {
	*exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

func startWriter(t *testing.T, path string) *writer {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	w := &writer{Cmd: exec.Command(exe)}
	w.Env = append(os.Environ(), asWriter+"="+path)
	w.Stderr = os.Stderr
	out, errOut := w.StdoutPipe()
	in, errIn := w.StdinPipe()
	if errOut != nil || errIn != nil || w.Start() != nil {
		t.Fatal("cannot start a writer")
	}
	w.in, w.out = in, bufio.NewReader(out)
	w.says(t, "content")
	return w
}

// says has the process write a line, and waits until it has.
func (w *writer) says(t *testing.T, line string) {
	t.Helper()
	fmt.Fprintln(w.in, line)
	if answer, err := w.out.ReadString('\n'); err != nil {
		t.Fatalf("%q, %v", answer, err)
	}
}

// A process that is killed leaves its temporary file to the next that writes to
// the same name; to another name it means nothing.
func TestKilledWriter(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	left := []*writer{startWriter(t, path), startWriter(t, path), startWriter(t, path)}
	for _, w := range left {
		w.Process.Kill()
		w.Wait()
	}
	if got := names(t, dir); got != ".a.tmp-1 .a.tmp-2 .a.tmp-3" {
		t.Fatalf("three killed writers left %q", got)
	}
	foreign := []string{".a.tmp-x", ".b.tmp-1"}
	for _, name := range foreign {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := atomicfile.WriteBytes(path, nil); err != nil {
		t.Fatal(err)
	}
	if got := names(t, dir); got != strings.Join(foreign, " ")+" a" {
		t.Errorf("after the next write there are %q", got)
	}
}

// The temporary file of a process that lives is its own, whatever others write.
func TestLivingWriter(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	alive, dead := startWriter(t, path), startWriter(t, path)
	dead.Process.Kill()
	dead.Wait()
	for range 10 {
		if err := atomicfile.WriteBytes(path, []byte("ours")); err != nil {
			t.Fatal(err)
		}
	}
	if got := names(t, dir); got != ".a.tmp-1 a" {
		t.Errorf("beside a living writer there are %q", got)
	}
	alive.says(t, "more")
	alive.in.Close()
	if err := alive.Wait(); err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(path); string(got) != "content\nmore\n" || names(t, dir) != "a" {
		t.Errorf("the writer ended with %q, and %q in the folder", got, names(t, dir))
	}
}

// An end in the middle of the work takes the temporary files along.
func TestAbandon(t *testing.T) {
	dir := t.TempDir()
	w := startWriter(t, filepath.Join(dir, "a"))
	fmt.Fprintln(w.in, "abandon")
	if err := w.Wait(); err != nil {
		t.Fatal(err)
	}
	if got := names(t, dir); got != "" {
		t.Errorf("left %q", got)
	}
}

// Many writers of one name, some of them killed: every content is that of one
// of them, whole, and no write fails.
func TestManyWritersOfOneName(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	stop := make(chan bool)
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			content := strings.Repeat(string(rune('a'+i)), 1000)
			for {
				select {
				case <-stop:
					return
				default:
				}
				if err := atomicfile.WriteBytes(path, []byte(content)); err != nil {
					t.Error(err)
					return
				}
				if got, err := os.ReadFile(path); err != nil || len(got) != 1000 && string(got) != "content\n" || strings.Trim(string(got), string(got[:1])) != "" && string(got) != "content\n" {
					t.Errorf("read %d bytes, %v", len(got), err)
					return
				}
			}
		})
	}
	for range 5 {
		w := startWriter(t, path)
		w.Process.Kill()
		w.Wait()
	}
	close(stop)
	all.Wait()
	if err := atomicfile.WriteBytes(path, nil); err != nil || names(t, dir) != "a" {
		t.Errorf("%v; left %q", err, names(t, dir))
	}
}
