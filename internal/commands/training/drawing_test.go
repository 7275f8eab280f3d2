package training

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cocostat/internal/cli"
)

// remover is an output that removes a file once its name is written: between
// the network, which has seen it, and drawing.
type remover struct {
	bytes.Buffer
	path string
}

func (r *remover) Write(p []byte) (int, error) {
	if bytes.Contains(p, []byte(r.path)) {
		if err := os.Remove(r.path); err != nil {
			return 0, err
		}
	}
	return r.Buffer.Write(p)
}

// An image that can no longer be read when it is to be drawn ends the command,
// or is left out, told and counted once, as --on-bad-image says; what was found
// on it is kept.
func TestPredictDrawsWhatVanishes(t *testing.T) {
	_, trainedRun := trained()
	predict := func(policy string, more ...string) (code int, out *remover, errs, dir string) {
		dir = t.TempDir()
		for i, name := range []string{"a.jpg", "b.jpg", "c.jpg"} {
			copyTo(t, i, filepath.Join(dir, name))
		}
		out = &remover{path: filepath.Join(dir, "b.jpg")}
		var e bytes.Buffer
		args := append([]string{"predict", "--checkpoint", filepath.Join(trainedRun, "last.safetensors"), "--threads", "1", dir, "--threshold", "0.01",
			"--format", "json", "-o", "-", "--draw", filepath.Join(dir, "drawn"), "--on-bad-image", policy}, more...)
		code = cli.Run(context.Background(), NewTrain, cli.Streams{In: strings.NewReader(""), Out: out, Err: &e}, args)
		return code, out, e.String(), dir
	}
	if code, out, errs, _ := predict("fail"); code != cli.ExitFailure || !strings.Contains(errs, out.path) {
		t.Errorf("fail: exit %d, %s", code, errs)
	}
	for _, more := range [][]string{nil, {"--quiet"}} {
		code, out, errs, dir := predict("skip", more...)
		if code != cli.ExitOK || strings.Count(errs, "skipped in drawing, its detections are kept: data: image "+out.path) != 1 || strings.Contains(errs, "skipped: ") {
			t.Errorf("skip %v: exit %d, %s", more, code, errs)
		}
		if more == nil && (strings.Count(errs, "1 images were skipped in drawing") != 1 || !strings.Contains(errs, "detections on 3 images") || strings.Contains(errs, "images were skipped\n")) {
			t.Errorf("counts: %s", errs)
		}
		if f := parse(t, out.String()); len(f.Images) != 3 || len(f.Images[1].Detections) == 0 {
			t.Errorf("skip: images %+v", f.Images)
		}
		drawn, err := os.ReadDir(filepath.Join(dir, "drawn"))
		if err != nil || len(drawn) != 2 || drawn[0].Name() != "a.jpg" || drawn[1].Name() != "c.jpg" {
			t.Errorf("skip: drawn %v, %v", drawn, err)
		}
	}
}
