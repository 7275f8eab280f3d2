package settings

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cocostat/annotations"
	"cocostat/dataset"
	"cocostat/internal/cli"
	"cocostat/weights"
	"cocostat/weights/codec"
)

// writeSet writes training annotations of n images, with a box in the first, as
// COCO lays them out.
func writeSet(t *testing.T, n int) (folder, file string) {
	t.Helper()
	var images strings.Builder
	for i := range n {
		fmt.Fprintf(&images, `,{"id":%d,"width":64,"height":64,"file_name":"%d.jpg"}`, i+1, i+1)
	}
	text := `{"categories":[{"id":1,"name":"fish"}],"images":[` + images.String()[1:] + `],"annotations":[{"id":1,"image_id":1,"category_id":1,"bbox":[1,2,30,20],"area":600,"iscrowd":0}]}`
	folder = t.TempDir()
	file = filepath.Join(folder, "annotations", "instances_train.json")
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return folder, file
}

func writeWeights(t *testing.T, annotated string) string {
	t.Helper()
	counts, err := dataset.Count(context.Background(), []string{annotated}, annotations.Options{})
	if err != nil {
		t.Fatal(err)
	}
	table, err := weights.Build(counts, weights.DefaultOptions())
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "weights.arrow")
	if err := codec.WriteFiles(codec.Files{Weights: path}, table, counts); err != nil {
		t.Fatal(err)
	}
	return path
}

// The recipe is for a dataset that is small and named alone; whoever says more
// gets what they say.
func TestSmallSetsHaveARecipe(t *testing.T) {
	small, file := writeSet(t, 2000)
	large, _ := writeSet(t, 2001)
	for _, c := range []struct {
		name           string
		dataset        string
		args           []string
		recipe         string
		advice         string // part of it
		detector       string
		epochs, square int
	}{
		{"a folder", small, nil, "small", "2,000 training images are few", "fcos", 30, 256},
		{"a file", file, nil, "small", "few", "fcos", 30, 256},
		{"flags override", small, []string{"--epochs", "3", "--size", "128"}, "small", "few", "fcos", 3, 128},
		{"one image more", large, nil, "", "", "centernet", 140, 512},
		{"another detector", small, []string{"--detector", "centernet"}, "", "", "centernet", 140, 512},
		{"a CenterNet's flag", small, []string{"--neck", "64,32"}, "", "", "centernet", 140, 512},
		{"another backbone", small, []string{"--backbone", "resnet18"}, "", "", "centernet", 140, 512},
		{"a loss", small, []string{"--loss", "focal"}, "", "", "centernet", 140, 512},
		{"another recipe", small, []string{"--recipe", "table1/ours"}, "table1/ours", "", "centernet", 140, 512},
		{"weights", "", []string{"--weights", writeWeights(t, file)}, "", "--recipe small learns more", "centernet", 140, 512},
		{"no dataset", filepath.Join(small, "missing"), nil, "", "", "centernet", 140, 512},
	} {
		t.Run(c.name, func(t *testing.T) {
			o, cmd := New(cli.Streams{})
			if err := cmd.ParseFlags(c.args); err != nil {
				t.Fatal(err)
			}
			o.Dataset = c.dataset
			o.SuitSmall(context.Background(), cmd.Flags())
			if err := o.Resolve(cmd); err != nil {
				t.Fatal(err)
			}
			got := o.Config
			if o.Recipe != c.recipe || got.Recipe != c.recipe || got.Model.Detector != c.detector || got.Epochs != c.epochs || got.Size != c.square {
				t.Errorf("recipe %q (kept as %q), %s, %d epochs, %d pixels, want %q, %s, %d, %d", o.Recipe, got.Recipe, got.Model.Detector, got.Epochs, got.Size, c.recipe, c.detector, c.epochs, c.square)
			}
			if (c.advice == "") != (o.Advice == "") || !strings.Contains(o.Advice, c.advice) {
				t.Errorf("advice %q, want one with %q", o.Advice, c.advice)
			}
		})
	}
}

// Without ImageNet's weights a training on few images disappoints: that is said.
func TestSmallSetsAreToldOfPretraining(t *testing.T) {
	small, _ := writeSet(t, 10)
	for pretrained, told := range map[string]bool{"": true, "mobilenet_v2.pth": false} {
		o, cmd := New(cli.Streams{})
		o.Dataset, o.Config.Pretrained = small, pretrained
		o.SuitSmall(context.Background(), cmd.Flags())
		if strings.Contains(o.Advice, "--pretrained") != told {
			t.Errorf("with %q: advice %q", pretrained, o.Advice)
		}
	}
}
