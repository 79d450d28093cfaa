//! Categories, and phrases for products and styles.

use super::departments::{CLOTHES, Department, EXTRAS, SHOES};

/// A category of products.
#[derive(Clone, Copy)]
pub(in crate::generate) struct Category {
    pub(in crate::generate) name: &'static str,
    pub(in crate::generate) department: &'static Department,
    pub(super) nouns: &'static [&'static str],
}

/// All categories. They are equally frequent.
pub(in crate::generate) static CATEGORIES: [Category; 20] = [
    clothes("Jackets", &["Onesie", "Parka", "Anorak", "Windbreaker", "Rain Shell", "Bomber Jacket"]),
    clothes("Pants", &["Joggers", "Slacks", "Chinos", "Cargo Pants", "Corduroys"]),
    clothes("Shirts", &["Oxford Shirt", "Flannel Shirt", "Camp Shirt", "Overshirt"]),
    clothes("T-Shirts", &["Tee", "Pocket Tee", "Henley", "Ringer Tee"]),
    clothes("Sweaters", &["Crewneck", "Turtleneck", "Cardigan", "Fisherman's Sweater"]),
    clothes("Hoodies", &["Hoodie", "Zip Hoodie", "Half-Zip"]),
    clothes("Dresses", &["Wrap Dress", "Sundress", "Shirt Dress", "Slip Dress"]),
    clothes("Skirts", &["Midi Skirt", "Pleated Skirt", "Denim Skirt"]),
    clothes("Jeans", &["Straight Jeans", "Mom Jeans", "Bootcut Jeans", "Selvedge Jeans"]),
    clothes("Shorts", &["Board Shorts", "Gym Shorts", "Bermudas"]),
    clothes("Suits", &["Blazer", "Waistcoat", "Dinner Jacket", "Two-Piece"]),
    clothes("Sleepwear", &["Pyjamas", "Nightshirt", "Dressing Gown"]),
    clothes("Sportswear", &["Leggings", "Running Top", "Track Jacket", "Base Layer"]),
    clothes("Coats", &["Overcoat", "Trench Coat", "Duffle Coat", "Pea Coat"]),
    shoes("Kicks", &["Ones", "High Tops", "Trainers", "Runners"]),
    shoes("Boots", &["Chelsea Boots", "Hiking Boots", "Desert Boots"]),
    shoes("Sandals", &["Slides", "Espadrilles", "Strap Sandals"]),
    shoes("Dress Shoes", &["Loafers", "Brogues", "Derbies"]),
    extras("Accessories", &["Sunglasses", "Belt", "Scarf", "Watch", "Umbrella", "Wallet"]),
    extras("Bags", &["Backpack", "Tote", "Weekender", "Messenger Bag"]),
];

const fn clothes(name: &'static str, nouns: &'static [&'static str]) -> Category {
    Category { name, department: &CLOTHES, nouns }
}

const fn shoes(name: &'static str, nouns: &'static [&'static str]) -> Category {
    Category { name, department: &SHOES, nouns }
}

const fn extras(name: &'static str, nouns: &'static [&'static str]) -> Category {
    Category { name, department: &EXTRAS, nouns }
}

pub(super) const ADJECTIVES: &[&str] = &[
    "After Dark",
    "All Weather",
    "Backyard",
    "Big Sky",
    "Boardwalk",
    "Café",
    "Camo",
    "City",
    "Classic",
    "Cloud Nine",
    "Coastal",
    "Daily",
    "Déjà Vu",
    "Easy Rider",
    "Everyday",
    "Foggy",
    "Front Row",
    "Garden Party",
    "Half Moon",
    "Harbour",
    "Hidden Gem",
    "High Noon",
    "Honest",
    "Indigo",
    "Island",
    "Lazy Sunday",
    "Long Haul",
    "Lucky",
    "Midnight",
    "Nomad",
    "North Shore",
    "Old School",
    "Paper Moon",
    "Pioneer",
    "Quiet",
    "Rainy Day",
    "Red Eye",
    "Road Trip",
    "Sailor's",
    "Second Wind",
    "Slow Burn",
    "Small Hours",
    "Snow Day",
    "Summit",
    "Sunday",
    "Take It Easy",
    "Timeless",
    "Traveller's",
    "Under Par",
    "Uptown",
    "Velvet",
    "Weekend",
    "Wild Card",
    "Winter",
];

pub(super) const SLOGANS: &[&str] = &[
    "Wear it out, then wear it in",
    "Made for days that don't go to plan",
    "Less noise, more you",
    "Your new old favourite",
    "Dressed before the coffee's ready",
    "Good on Monday, better on Saturday",
    "For people who'd rather be outside",
    "Simple things, done well",
    "Comfort first, compliments second",
    "It goes with that, too",
    "Turn heads, not ankles",
    "Built to be borrowed, and kept",
    "One less thing to think about",
    "The long way home never looked so good",
    "Soft where it counts",
    "You'll be the one they ask",
    "Pack light, look right",
    "Voilà, you're ready",
];

/// Predicates of descriptions. They follow the name of the product, singular or plural.
pub(super) const PREDICATES: &[&str] = &[
    "will get you from the first train to the last round without a crease.",
    "will be what you reach for, whatever the weather says.",
    "will make a quiet entrance, and then be all that anybody talks about.",
    "will see you through the school run, the office and the gig.",
    "will take rain, mud and small children in good part.",
    "will wake you up and fit you in, even in the wildest surroundings.",
    "will keep up with you, and look better than you feel.",
    "will never be the reason that you went home early.",
    "will sit well on everybody, from the gym bound to the sofa bound.",
    "will outlast three trends, and bring one back.",
];

pub(super) const CARE: &[&str] = &[
    "Wash it cold, hang it up, and it'll be there for you in ten years.",
    "We make it in small runs, so when it's gone, it's gone for a while.",
    "If a seam goes, send it back: repairs are free, for as long as you own it.",
    "It ships in paper, not plastic, and it arrives without a single tag to cut.",
    "Designed in Malmö, sewn in Porto, and tested on our long-suffering friends.",
    "Take your usual size; between two sizes, take the larger one.",
    "It is our third version, because the first two were merely good.",
    "Every colour is dyed to order, so yours may differ a little from the picture.",
    "Whether it's a gift or a habit, you've got thirty days to change your mind.",
    "Roll it up, stuff it in a bag, and shake it out when you get there.",
];

/// The names of styles consist of one colour or two.
pub(in crate::generate) const COLOURS: &[&str] = &[
    "Forest Green",
    "Desert Brown",
    "Ocean Blue",
    "Sky Blue",
    "Dark Grey",
    "Pink",
    "White",
    "Black",
    "Gold",
    "Mustard",
    "Burgundy",
    "Olive",
    "Sand",
    "Charcoal",
    "Coral",
    "Crème",
    "Rosé",
    "Navy",
    "Lilac",
    "Rust",
];
