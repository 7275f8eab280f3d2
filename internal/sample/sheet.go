package sample

import (
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"path/filepath"

	"golang.org/x/image/draw"
	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"
)

const (
	sheetColumns = 4
	sheetRows    = 3
	sheetCell    = 256 // pixels
)

// ContactSheet reads the validation split of the sample in dir and returns a
// picture of its first 12 images, 4 in a row, with boxes and class names.
func ContactSheet(dir string) (image.Image, error) {
	path := annotationPath(dir, val)
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("sample: contact sheet: %w", err)
	}
	var file cocoFile
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, fmt.Errorf("sample: contact sheet: %s: %w", path, err)
	}
	sheet := image.NewRGBA(image.Rect(0, 0, sheetColumns*sheetCell, sheetRows*sheetCell))
	draw.Draw(sheet, sheet.Rect, image.White, image.Point{}, draw.Src)
	for i, entry := range file.Images[:min(len(file.Images), sheetColumns*sheetRows)] {
		img, err := readJPEG(filepath.Join(dir, val.String(), entry.FileName))
		if err != nil {
			return nil, fmt.Errorf("sample: contact sheet: %w", err)
		}
		corner := image.Pt(i%sheetColumns*sheetCell, i/sheetColumns*sheetCell)
		cell := image.Rectangle{corner, corner.Add(image.Pt(sheetCell, sheetCell))}
		scaler := draw.Interpolator(draw.CatmullRom)
		if sheetCell%entry.Width == 0 {
			scaler = draw.NearestNeighbor
		}
		scaler.Scale(sheet, cell, img, img.Bounds(), draw.Src, nil)
		for _, a := range file.Annotations {
			if a.ImageID == entry.ID {
				label(sheet.SubImage(cell).(*image.RGBA), a, entry.Width, file.Categories)
			}
		}
	}
	return reduce(sheet), nil
}

func readJPEG(path string) (image.Image, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	img, err := jpeg.Decode(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return img, nil
}

// label draws the box and the name of an object into its cell of the sheet,
// in a colour of its class.
func label(cell *image.RGBA, a cocoAnnotation, side int, categories []cocoCategory) {
	scale := float64(sheetCell) / float64(side)
	at := func(v float64) int { return int(v*scale + 0.5) }
	b := image.Rect(at(a.BBox[0]), at(a.BBox[1]), at(a.BBox[0]+a.BBox[2]), at(a.BBox[1]+a.BBox[3])).Add(cell.Rect.Min)
	golden := hsv(0.618034*float64(a.CategoryID), 0.75, 1)
	ink := image.NewUniform(color.RGBA{uint8(255 * golden[0]), uint8(255 * golden[1]), uint8(255 * golden[2]), 255})
	outer := b.Inset(-1)
	for _, side := range []image.Rectangle{
		{outer.Min, image.Pt(outer.Max.X, b.Min.Y+1)}, {image.Pt(outer.Min.X, b.Max.Y-1), outer.Max},
		{outer.Min, image.Pt(b.Min.X+1, outer.Max.Y)}, {image.Pt(b.Max.X-1, outer.Min.Y), outer.Max},
	} {
		draw.Draw(cell, side, ink, image.Point{}, draw.Src)
	}
	name := categories[a.CategoryID-1].Name
	face := basicfont.Face7x13
	width := face.Advance*len(name) + 4
	corner := image.Pt(min(outer.Min.X, cell.Rect.Max.X-width), max(outer.Min.Y-13, cell.Rect.Min.Y))
	draw.Draw(cell, image.Rectangle{corner, corner.Add(image.Pt(width, 13))}, ink, image.Point{}, draw.Src)
	pen := font.Drawer{Dst: cell, Src: image.Black, Face: face, Dot: fixed.P(corner.X+2, corner.Y+10)}
	pen.DrawString(name)
}
