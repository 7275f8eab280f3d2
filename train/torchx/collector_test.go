package torchx_test

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"
)

func setMemoryLimit(n int64) (restore func()) {
	old := debug.SetMemoryLimit(n)
	return func() { debug.SetMemoryLimit(old) }
}

// starters are the calls that run the collector or change when it runs.
var starters = map[string]bool{
	"runtime.GC": true, "debug.FreeOSMemory": true, "debug.SetGCPercent": true, "debug.SetMemoryLimit": true,
}

// allowed are the only files of the training program that may hold such calls.
// gotorch's own GC is called by its trainers and Module.To, which we do not use.
var allowed = map[string]string{
	"cocostat/train/torchx":           "step.go",
	"github.com/wangkuiyi/gotorch":    "tensor_gc.go",
	"github.com/wangkuiyi/gotorch/nn": "",
}

// Step's promise holds only while no other code of the program touches the
// collector. This reads the source of every package linked into cmd/train.
func TestNothingElseStartsTheCollector(t *testing.T) {
	list := exec.Command("go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}} {{.Dir}} {{join .GoFiles \",\"}} {{join .CgoFiles \",\"}}{{end}}", "cocostat/cmd/train")
	out, err := list.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	files := 0
	for line := range strings.Lines(string(out)) {
		fields := strings.SplitN(strings.TrimSpace(line), " ", 4)
		if len(fields) < 3 {
			continue
		}
		for _, name := range strings.Split(strings.Join(fields[2:], ","), ",") {
			name = strings.TrimSpace(name)
			if name == "" || allowed[fields[0]] == name {
				continue
			}
			files++
			for _, call := range callsOf(t, filepath.Join(fields[1], name)) {
				t.Errorf("%s/%s calls %s", fields[0], name, call)
			}
		}
	}
	if files < 50 {
		t.Fatalf("only %d files looked at: is the list right?\n%s", files, bytes.TrimSpace(out))
	}
}

func callsOf(t *testing.T, path string) (found []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		call, isCall := n.(*ast.CallExpr)
		if !isCall {
			return true
		}
		if s, is := call.Fun.(*ast.SelectorExpr); is {
			if x, is := s.X.(*ast.Ident); is && starters[x.Name+"."+s.Sel.Name] {
				found = append(found, x.Name+"."+s.Sel.Name)
			}
		}
		return true
	})
	return found
}
