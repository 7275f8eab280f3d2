package training

import (
	"encoding/json"
	"math"
	"net/http"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"

	"cocostat/internal/browsertest"
	"cocostat/internal/cli"
	"cocostat/internal/commands/shared/commandtest"
)

// The page in examples finds in the browser what predict finds: pictures are drawn, and
// what it asks for is the runtime and the model alone.
func TestExportInBrowser(t *testing.T) {
	runtime := filepath.Dir(commandtest.Interop(t, "javascript", "node_modules/onnxruntime-web/dist/ort.wasm.min.js"))
	set, run := trained()
	folder, images := t.TempDir(), pngs(t, set)
	runTrain(t, cli.ExitOK, "export", "--checkpoint", filepath.Join(run, "last.safetensors"), "--size", "64", "-o", filepath.Join(folder, "model.onnx"))
	text, _ := mustPredict(t, "", images, "--format", "json", "-o", "-", "--threshold", "0")
	want := parse(t, text).Images[0]

	files := http.NewServeMux()
	files.Handle("/ort/", http.StripPrefix("/ort/", http.FileServer(http.Dir(runtime))))
	files.Handle("/detect.html", http.FileServer(http.Dir("../../../examples")))
	files.Handle("/model.onnx", http.FileServer(http.Dir(folder)))
	files.HandleFunc("/favicon.ico", func(http.ResponseWriter, *http.Request) {})
	b := browsertest.Open(t, files, "/detect.html")
	b.URL += "?model=model.onnx"
	b.Show(360, 640)
	b.Do(chromedp.SetUploadFiles("#picture", []string{want.File}))
	rows := browsertest.Eval[string](b, `new Promise((done, fail) => {
		const began = performance.now(), status = document.querySelector("#status"), look = () => {
			if (/objects in/.test(status.textContent)) done(JSON.stringify(found.map(f => ({name: model.names[f.label], score: f.score, box: f.box}))));
			else if (performance.now() - began > 60000) fail(new Error(status.textContent));
			else setTimeout(look, 50);
		};
		look();
	})`)
	var found []struct {
		Name  string
		Score float64
		Box   [4]float64 // x1, y1, x2, y2
	}
	if err := json.Unmarshal([]byte(rows), &found); err != nil {
		t.Fatal(err)
	}
	for i, d := range want.Detections[:5] {
		f := found[i]
		box := [4]float64{f.Box[0], f.Box[1], f.Box[2] - f.Box[0], f.Box[3] - f.Box[1]}
		for k, v := range box {
			if math.Abs(v-float64(d.BBox[k])) > 0.05 {
				t.Errorf("detection %d: box %v, predict has %v", i, box, d.BBox)
				break
			}
		}
		if f.Name != d.Class || math.Abs(f.Score-float64(d.Score)) > 1e-4 {
			t.Errorf("detection %d: %s, %g; predict has %s, %g", i, f.Name, f.Score, d.Class, d.Score)
		}
	}
	if wide := browsertest.Eval[int](b, `document.documentElement.scrollWidth`); wide > 360 {
		t.Errorf("the page is %d pixels wide on a screen of 360", wide)
	}
	b.Quiet("/ort/", "/model.onnx", "/favicon.ico")
}
