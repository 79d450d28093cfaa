//! The departments: what the products of several categories have in common.

use crate::generate::distributions::{Band, Distribution};

/// A department.
pub(in crate::generate) struct Department {
    /// The sizes, smallest first.
    pub(in crate::generate) sizes: &'static [&'static str],
    /// The number of sizes of a style.
    pub(in crate::generate) sizes_in_stock: Distribution,
    /// The characteristics that reviews rate, most important first.
    pub(in crate::generate) characteristics: &'static [&'static str],
    /// The number of characteristics of a product.
    pub(in crate::generate) characteristics_rated: Distribution,
    /// The features and their values. The value of a feature without values is null.
    pub(in crate::generate) features: &'static [(&'static str, &'static [&'static str])],
    /// The smallest and the largest price, apart from rare quirks.
    pub(super) prices: (u64, u64),
    /// Sentences on the material.
    pub(super) materials: &'static [&'static str],
}

/// Clothes.
pub(super) static CLOTHES: Department = Department {
    sizes: &["XS", "S", "M", "L", "XL", "XXL"],
    sizes_in_stock: Distribution(&[Band(300, 0, 0), Band(1776, 3, 5), Band(7924, 6, 6)]),
    characteristics: &["Fit", "Length", "Comfort", "Quality"],
    characteristics_rated: WORN,
    features: &[
        (
            "Fabric",
            &["Canvas", "Cotton", "Linen", "Merino Wool", "Pure Silk", "Recycled Polyester", "100% Cotton"],
        ),
        ("Buttons", &["Brass", "Wood", "Mother of Pearl", "None, it's all zips"]),
        ("Cut", &["Loose", "Skinny", "Straight", "Tapered", "Relaxed"]),
        ("Stitching", &["Double Stitch", "Flat Seam", "Hidden"]),
        ("Lining", &["Satin", "Fleece", "Mesh"]),
        ("Fair Trade Certified", &[]),
        ("Sustainably Sourced", &[]),
        ("UV Protection", &[]),
    ],
    prices: (15, 900),
    materials: &[
        "It is cut from a heavy canvas that softens with every wash, and never loses its shape.",
        "We knit it from long-staple cotton, so it stays smooth where others pill.",
        "The linen is woven in a small mill near Orléans, and washed twice before it is sewn.",
        "A brushed inside keeps the warmth in; the outside lets the rain run off.",
        "Merino against the skin, recycled nylon against the wind: that's all there is to it.",
        "The seams are flat, the pockets are deep, and the zip doesn't catch.",
    ],
};

/// Shoes.
pub(super) static SHOES: Department = Department {
    sizes: &["7", "7.5", "8", "8.5", "9", "9.5", "10", "10.5", "11", "11.5", "12"],
    sizes_in_stock: Distribution(&[Band(300, 0, 0), Band(1700, 5, 8), Band(8000, 9, 11)]),
    characteristics: &["Size", "Width", "Comfort", "Quality"],
    characteristics_rated: WORN,
    features: &[
        ("Sole", &["Rubber", "Crepe", "Leather", "Cork"]),
        ("Material", &["FullControlSkin", "Suede", "Calf Leather", "Knitted Mesh", "Canvas"]),
        ("Mid-Sole", &["ControlSupport Arch Bridge", "ControlSupport Foam", "EVA"]),
        ("Stitching", &["Double Stitch", "Goodyear Welt", "Glued"]),
        ("Laces", &["Flat", "Round, waxed", "None"]),
        ("Water Resistant", &[]),
        ("Vegan", &[]),
    ],
    prices: (35, 700),
    materials: &[
        "The sole is natural rubber, poured in one piece, and grips where others slide.",
        "Soft suede on the outside and a cork footbed within: they'll know your feet in a week.",
        "A knitted upper stretches where your foot does, and holds where it shouldn't.",
        "They are welted by hand, so a good cobbler can give them a second life.",
    ],
};

/// Accessories and bags.
pub(super) static EXTRAS: Department = Department {
    sizes: &["One Size"],
    sizes_in_stock: Distribution(&[Band(200, 0, 0), Band(9800, 1, 1)]),
    characteristics: &["Quality", "Comfort"],
    characteristics_rated: Distribution(&[Band(1000, 0, 0), Band(4000, 1, 1), Band(5000, 2, 2)]),
    features: &[
        ("Lenses", &["Ultrasheen", "Polarised", "Gradient"]),
        ("Frame", &["LightCompose", "Acetate", "Titanium"]),
        ("Strap", &["Leather", "Nylon", "Braided, adjustable"]),
        ("UV Protection", &[]),
        ("Non-GMO", &[]),
        ("Satisfaction Guaranteed", &[]),
    ],
    prices: (10, 400),
    materials: &[
        "It is made of what would have been thrown away, and you'd never guess.",
        "The parts are few, the joints are brass, and there's nothing on it that rattles.",
        "Light enough to forget, tough enough to sit on: we tried, more than once.",
        "It comes in a box of grey board that's too good to throw away.",
    ],
};

/// The number of characteristics of clothes and shoes.
const WORN: Distribution = Distribution(&[Band(800, 0, 0), Band(773, 2, 3), Band(8427, 4, 4)]);
