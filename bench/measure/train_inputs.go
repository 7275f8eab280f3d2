package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
)

// systemPython is the Python that Debian's PyTorch belongs to, which has the
// same libtorch as train.
const systemPython = "/usr/bin/python3"

// needTorch makes sure that PyTorch and torchvision are there.
func (b *bench) needTorch(ctx context.Context) error {
	check := process{args: []string{systemPython, "-c", "import torch, torchvision, PIL, numpy"}}
	if _, err := check.run(ctx); err == nil || ctx.Err() != nil {
		return ctx.Err()
	}
	for _, pkg := range []string{"python3-torch", "python3-torchvision", "python3-pil"} {
		if err := aptInstall(ctx, pkg); err != nil {
			return fmt.Errorf("%s has no PyTorch with torchvision (apt-get install python3-torch python3-torchvision): %w", systemPython, err)
		}
	}
	_, err := check.run(ctx)
	return err
}

// torchVersions names the versions of a peer.
func torchVersions(ctx context.Context, python string) string {
	const program = `import torch, torchvision, PIL, platform
print(f"Python {platform.python_version()}, torch {torch.__version__}, torchvision {torchvision.__version__}, Pillow {PIL.__version__}", end="")`
	m, err := process{args: []string{python, "-c", program}, output: true}.run(ctx)
	if err != nil {
		return "unknown"
	}
	return string(m.output)
}

// prepareImages finds or draws the images and writes the annotations of as many
// as an epoch takes.
func (b *bench) prepareImages(ctx context.Context, d *trainData, cocostat string) error {
	n := d.steps * d.batch
	annotations := filepath.Join(b.root, "..", "shared", "data", "bccd", "annotations", "instances_train.json")
	d.images = filepath.Join(b.root, "..", "shared", "data", "bccd", "train")
	if _, err := os.Stat(annotations); d.size < 256 || err != nil || n > 205 {
		d.made = true
		sample := filepath.Join(b.dir, fmt.Sprintf("sample-%d", d.size))
		args := []string{cocostat, "sample", sample, "--force", "--size", strconv.Itoa(d.size), "--images", strconv.Itoa(max(n, 400)), "--val-images", "10"}
		if _, err := (process{args: args}).run(ctx); err != nil {
			return fmt.Errorf("cannot draw the images: %w", err)
		}
		annotations, d.images = filepath.Join(sample, "annotations", "instances_train.json"), filepath.Join(sample, "train")
	}
	d.file = filepath.Join(b.dir, fmt.Sprintf("train-%d.json", d.size))
	if err := firstOf(annotations, d.file, n); err != nil {
		return err
	}
	d.weights = filepath.Join(b.dir, fmt.Sprintf("train-%d-weights.json", d.size))
	_, err := process{args: []string{cocostat, "weights", d.file, "-o", d.weights}}.run(ctx)
	return err
}

// firstOf writes the first n images of an annotation file, their boxes and all
// classes.
func firstOf(from, to string, n int) error {
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	var file struct {
		Images      []map[string]any `json:"images"`
		Annotations []map[string]any `json:"annotations"`
		Categories  []map[string]any `json:"categories"`
	}
	if err := json.Unmarshal(text, &file); err != nil {
		return fmt.Errorf("%s: %w", from, err)
	}
	if len(file.Images) < n {
		return fmt.Errorf("%s: %d images, %d are needed", from, len(file.Images), n)
	}
	file.Images = file.Images[:n]
	kept := map[any]bool{}
	for _, img := range file.Images {
		kept[img["id"]] = true
	}
	annotations := file.Annotations[:0]
	for _, a := range file.Annotations {
		if kept[a["image_id"]] {
			annotations = append(annotations, a)
		}
	}
	if file.Annotations = annotations; len(annotations) == 0 {
		return errors.New(from + ": the first images have no boxes")
	}
	if text, err = json.Marshal(file); err != nil {
		return err
	}
	return os.WriteFile(to, text, 0o644)
}
