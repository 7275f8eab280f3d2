package codec

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cocostat/weights"
	"cocostat/weights/weightstest"
)

// sumIn returns the checksum in a file, which holds it as text.
func sumIn(t *testing.T, file []byte) string {
	t.Helper()
	at := bytes.Index(file, []byte(checksumPrefix))
	if at < 0 {
		t.Fatal("no checksum")
	}
	return string(file[at:][:len(checksumPrefix)+64])
}

// What examples/checksum.py, which follows the specification in Python, prints
// for testdata/before_checksum/weights.json. The formats keep it.
const sumOfThree = "sha256:eb491a80081ab7d24e89c85260912ad9091cf42b089a616b0654b2ad534d4353"

func TestChecksum(t *testing.T) {
	for _, name := range []string{"weights.arrow", "weights.parquet", "weights.json", "weights.safetensors"} {
		table, err := ReadFile(filepath.Join("testdata/before_checksum", name))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range Encodings()[:4] {
			file := inEncoding(t, table, e)
			if sum := sumIn(t, file); sum != sumOfThree {
				t.Errorf("%s as %s: %s, want %s", name, e, sum, sumOfThree)
			}
			if again := inEncoding(t, table, e); !bytes.Equal(file, again) {
				t.Errorf("%s: the same table gives two files", e)
			}
		}
	}
}

// Whatever is changed by hand in a JSON file is told from damage by its remedy,
// with which it is read.
func TestEditedJSON(t *testing.T) {
	file := string(inEncoding(t, weightstest.Table(), JSON))
	sum := fmt.Sprintf(",%q:%q", checksumKey, sumIn(t, []byte(file)))
	for from, to := range map[string]string{
		`"alpha": 54.293`:         `"alpha": 20.5`,
		`"name": "person"`:        `"name": "Person"`,
		`"deferred_epochs":3`:     `"deferred_epochs":4`,
		`"value":0.8`:             `"value":0.9`,
		`"intensity":0.05`:        `"intensity":0.5`,
		`"scope":"batch"`:         `"scope":"image"`,
		`"crowds":true`:           `"crowds":false`,
		`"version":"v0"`:          `"version":"v1"`,
		`"group:größe": "many"`:   `"group:größe": "few"`,
		`"edges":[1,20,400,8000]`: `"edges":[1,20,400,9000]`,
		`"lvis_group": "rare"`:    `"lvis_group": "common"`,
		`"category_id": 89`:       `"category_id": 90`,
		`{"format":"weights/1"`:   `{"format":"weights/1","note":"mine"`,
		`"bytes":7`:               `"bytes":8`,
		`{"value":0.8,`:           `{"Value":0.8,`,
		`"images":118287`:         `"images":118288`,
		`"method":"effective"`:    `"method":"hand"`,
	} {
		edited := strings.Replace(file, from, to, 1)
		if edited == file {
			t.Fatalf("no %s in %s", from, file)
		}
		_, err := decodeAs([]byte(edited), JSON)
		for _, part := range []string{`metadata key "checksum"`, "sha256:", "on purpose", "out of the metadata"} {
			if err == nil || !strings.Contains(err.Error(), part) {
				t.Errorf("%s: error %v does not say %q", to, err, part)
			}
		}
		without := strings.Replace(edited, sum, "", 1)
		if without == edited {
			t.Fatalf("no %s in %s", sum, edited)
		}
		if _, err := decodeAs([]byte(without), JSON); err != nil {
			t.Errorf("%s, without the checksum: %v", to, err)
		}
	}
	// What changes nothing: another order, other spaces, another way to write
	// a number, columns that the format does not know.
	for from, to := range map[string]string{
		`"intensity":0.05`:               `"intensity": 5e-2`,
		`{"format":"weights/1",`:         "{\n  \"format\" : \"weights\\/1\",",
		`{"index": 0, "category_id": 1,`: `{"category_id": 1, "index": 0, "colour": "red",`,
	} {
		edited := strings.Replace(file, from, to, 1)
		if edited == file {
			t.Fatalf("no %s in %s", from, file)
		}
		if _, err := decodeAs([]byte(edited), JSON); err != nil {
			t.Errorf("%s: %v", to, err)
		}
	}
	// Without both, the metadata are damaged.
	for key, want := range map[string]string{"crowds": `lacks "crowds"`, "tail_ratio": `lacks "tail_ratio"`, "alpha": `lacks "alpha"`,
		"repeat_threshold": "the threshold 0", "instances": "metadata key instances says 0", "annotated_images": "0 annotated images"} {
		damaged := strings.Replace(strings.Replace(file, sum, "", 1), fmt.Sprintf("%q:", key), `"damaged":`, 1)
		if _, err := decodeAs([]byte(damaged), JSON); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("neither %q nor a checksum: %v, want %q", key, err, want)
		}
	}
	odd := strings.Replace(file, `"checksum":"sha256:`, `"checksum":"md5:`, 1)
	if _, err := decodeAs([]byte(odd), JSON); err == nil {
		t.Error("a checksum of another kind was accepted")
	}
}

// What follows from the definitions holds without a checksum, too.
func TestImplied(t *testing.T) {
	for what, spoil := range map[string]func(*weights.Table){
		"column instances: the sum is 262663, metadata key instances says 262664":                       func(t *weights.Table) { t.Meta.Instances++ },
		`"cocostat": 118288 annotated images of 118287`:                                                 func(t *weights.Table) { t.Meta.AnnotatedImages = 118288 },
		`column images, row 0 (category 1 "person"): 64115 of 64000 annotated images`:                   func(t *weights.Table) { t.Meta.AnnotatedImages = 64000 },
		`column images, row 2 (category 89 "hair drier"): 199 images with 198 instances`:                func(t *weights.Table) { t.Rows[2].Images = 199 },
		`column images, row 2 (category 89 "hair drier"): 0 images with 198 instances`:                  func(t *weights.Table) { t.Rows[2].Images = 0 },
		`column frequency, row 0 (category 1 "person"): 0.546, want images / annotated images, 64115 /`: func(t *weights.Table) { t.Rows[0].Frequency = 0.546 },
		`column alpha, row 1 (category 13 "grüne \"Ampel\""): 2 without instances, want null`:           func(t *weights.Table) { t.Rows[1].Alpha = 2 },
		`column alpha, row 2 (category 89 "hair drier"): null for 198 instances`:                        func(t *weights.Table) { t.Rows[2].Alpha = t.Rows[1].Alpha },
		`column alpha, row 2 (category 89 "hair drier"): 0 is not a finite number above 0`:              func(t *weights.Table) { t.Rows[2].Alpha = 0 },
		`column group, row 0 (category 1 "person"): "Head" is neither tail nor head`:                    func(t *weights.Table) { t.Rows[0].Group = "Head" },
		`column group, row 2 (category 89 "hair drier"): head, although the tail is the classes below`:  func(t *weights.Table) { t.Rows[2].Group = "head" },
		`column lvis_group, row 2 (category 89 "hair drier"): "r" is not rare, common or frequent`:      func(t *weights.Table) { t.Rows[2].LVISGroup = "r" },
		`column repeat_factor, row 0 (category 1 "person"): 1.5, want 1: the square root`:               func(t *weights.Table) { t.Rows[0].RepeatFactor = 1.5 },
	} {
		bad := weightstest.Table()
		spoil(bad)
		refused(t, encoded(t, bad), what)
		if err := WriteFile(filepath.Join(t.TempDir(), "w.arrow"), bad); err == nil {
			t.Errorf("%s: was written", what)
		}
	}
	// Instance-centric: shares of all instances, 198/262663 = 0.000754.
	byInstances := weightstest.Table()
	byInstances.Meta.TailRatio = weights.TailRatio{Target: 0.0867, Reached: 0.0008, Lambda: 0.0008, Centric: weights.CentricInstance}
	if _, err := decodeArrow(encoded(t, byInstances)); err != nil {
		t.Error(err)
	}
	byInstances.Meta.TailRatio.Lambda = 0.0007
	refused(t, encoded(t, byInstances), "column group, row 2")
	// Weights of another method, set by hand, are as good.
	byHand := weightstest.Table()
	byHand.Rows[2].Alpha = 7
	if _, err := decodeArrow(encoded(t, byHand)); err != nil {
		t.Error(err)
	}
}

// A file of more metadata than its size can justify is refused before it is
// read.
func TestMetadataThatGrow(t *testing.T) {
	meta := `{"format": "weights/1", "x": [` + strings.Repeat("1,", mostMetadata) + `1]}`
	if _, err := decodeMetadata(meta); err == nil || !strings.Contains(err.Error(), "more than 524288 values") {
		t.Errorf("error %v", err)
	}
	deep := strings.Replace(string(inEncoding(t, weightstest.Table(), JSON)), `"crowds":true`, `"crowds":true,"x":`+strings.Repeat("[", 99)+strings.Repeat("]", 99), 1)
	if _, err := decodeAs([]byte(deep), JSON); err == nil || !strings.Contains(err.Error(), "nested too deep") {
		t.Errorf("error %v", err)
	}
	if _, err := os.Stat("/dev/zero"); err == nil {
		if _, err := ReadFile("/dev/zero"); err == nil || !strings.Contains(err.Error(), "/dev/zero") {
			t.Errorf("error %v", err)
		}
	}
}
