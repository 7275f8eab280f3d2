package draw

import (
	"image/color"
	"math"
)

// goldenAngle, in degrees, spreads any number of hues: each new one falls into
// a largest gap that the earlier ones left.
const goldenAngle = 137.50776405

// Color returns the colour of class i ≥ 0. The first twenty differ clearly;
// of more, some are alike.
func Color(i int) color.RGBA {
	lightness := [...]float64{0.72, 0.58, 0.84}[i%3]
	return okLCH(lightness, 0.19, math.Mod(goldenAngle*float64(i), 360))
}

// okLCH converts lightness, chroma and hue (degrees) of Oklab (B. Ottosson,
// 2020) to sRGB. Chroma that sRGB lacks is reduced until it fits.
func okLCH(l, chroma, hue float64) color.RGBA {
	sin, cos := math.Sincos(hue * math.Pi / 180)
	for ; ; chroma *= 0.95 {
		a, b := chroma*cos, chroma*sin
		x, y, z := cube(l+0.3963377774*a+0.2158037573*b), cube(l-0.1055613458*a-0.0638541728*b), cube(l-0.0894841775*a-1.2914855480*b)
		rgb := [3]float64{
			4.0767416621*x - 3.3077115913*y + 0.2309699292*z,
			-1.2684380046*x + 2.6097574011*y - 0.3413193965*z,
			-0.0041960863*x - 0.7034186147*y + 1.7076147010*z,
		}
		if chroma < 1e-3 || min(rgb[0], rgb[1], rgb[2]) >= 0 && max(rgb[0], rgb[1], rgb[2]) <= 1 {
			return color.RGBA{encode(rgb[0]), encode(rgb[1]), encode(rgb[2]), 255}
		}
	}
}

func cube(x float64) float64 { return x * x * x }

// encode applies sRGB's transfer function to a linear value.
func encode(v float64) uint8 {
	v = min(max(v, 0), 1)
	if v <= 0.0031308 {
		v *= 12.92
	} else {
		v = 1.055*math.Pow(v, 1/2.4) - 0.055
	}
	return uint8(math.Round(255 * v))
}

// luminance is the relative luminance of WCAG 2.
func luminance(c color.RGBA) float64 {
	linear := func(v uint8) float64 {
		x := float64(v) / 255
		if x <= 0.04045 {
			return x / 12.92
		}
		return math.Pow((x+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(c.R) + 0.7152*linear(c.G) + 0.0722*linear(c.B)
}

// contrast is the contrast ratio of WCAG 2, from 1 to 21.
func contrast(a, b color.RGBA) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

var (
	black = color.RGBA{0, 0, 0, 255}
	white = color.RGBA{255, 255, 255, 255}
)

// ink returns black or white, whichever reads better on c: the contrast is at
// least 4.5 for every c.
func ink(c color.RGBA) color.RGBA {
	if contrast(c, black) >= contrast(c, white) {
		return black
	}
	return white
}
