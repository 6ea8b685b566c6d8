"""The names people in the demo bear, and how each source writes them.

- Common given names and surnames of California's communities, drawn so that a few are frequent, as they are in life.
- Hard cases are planted by `HARD`: one-word surnames, NULL, apostrophes, hyphens, letters outside ASCII.
- It does not know who bears a name.
"""

import random
import unicodedata


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


WOMEN = _words(
    """
Mary Jennifer Maria Linda Patricia Elizabeth Jessica Sarah Michelle Lisa Karen Nancy Susan Ashley Kimberly Amanda Carol
Stephanie Rebecca Laura Amy Angela Christine Emily Rachel Andrea Monica Sandra Teresa Veronica Diana Sofía Guadalupe
Rosa Carmen Ana Lucía Isabel Claudia Gabriela Adriana Alejandra Leticia Verónica Beatriz Inés Ximena Mei Ling Xin Yan
Hui Jing Min-ji Soo-jin Ji-woo Eun-hee Hana Yuki Keiko Naomi Thuy Lan Linh Hoa Mai Ngoc Trang Priya Anjali Deepa Kavita
Meera Lakshmi Sunita Fatima Leila Shirin Parisa Nasrin Yasmin Amira Layla Ani Nare Siranush Zoë Chloé Renée Aimée
Margaret Helen Ruth Dorothy Judith Joan Gloria Marilyn Ruby Imani Ebony Tamika Latoya Aaliyah Nia Kenya Marisol Corazon
Maricel Luz Jocelyn Cristina Rowena Tala Noelani Leilani Malia Bronwyn Siobhán Niamh Ingrid Björg Astrid Zofia Agnieszka
Olga Svetlana Irina Natalia Tatiana Miriam Leah Hannah Naama Talia Grace Faith Hope Joy Autumn Willow Sage River Robin
"""
)
MEN = _words(
    """
James Robert John Michael David William Richard Thomas Daniel Matthew Christopher Joseph Mark Steven Paul Andrew Kevin
Brian George Edward Jason Jeffrey Ryan Gary Nicholas Eric Jonathan Stephen Larry Justin Scott Brandon Frank Benjamin
José Juan Luis Carlos Jesús Antonio Francisco Miguel Alejandro Manuel Ricardo Fernando Javier Eduardo Raúl Andrés Héctor
Óscar Sergio Ramón Wei Jun Lei Hao Feng Ming Sung-ho Min-jun Jae-won Dong-hyun Hiroshi Kenji Takeshi Minh Tuan Hung Duc
Quang Bao Raj Anil Vikram Sanjay Arjun Rohan Amit Suresh Ali Hassan Reza Omid Kaveh Omar Khalid Armen Hovsep Vartan
André François Jörg Søren Bjørn Łukasz Piotr Dmitri Sergei Igor Aaron Noah Ezra Levi Isaac Malik Darnell Jamal Andre
Tyrone Marcus Rodrigo Danilo Ernesto Reynaldo Benigno Kai Keoni Ikaika Seán Ciarán Owen Gareth Angus Hamish Walter
Harold Raymond Eugene Ralph Roy Russell Bobby Philip Peter Vincent Albert Arthur Carl Henry Sam Max Leo Felix Jasper
"""
)
SURNAMES = _words(
    """
Garcia Hernandez Lopez Martinez Gonzalez Rodriguez Perez Sanchez Ramirez Nguyen Smith Flores Johnson Lee Torres Rivera
Gomez Diaz Kim Williams Reyes Morales Cruz Brown Jones Gutierrez Chavez Tran Davis Ramos Ruiz Castillo Mendoza Alvarez
Wong Chen Vargas Jimenez Castro Anderson Miller Ortiz Romero Wilson Taylor Moore Thomas Martin Jackson White Thompson
Harris Robinson Lewis Walker Young Allen King Wright Scott Hill Green Adams Baker Nelson Carter Mitchell Roberts Turner
Phillips Campbell Parker Evans Edwards Collins Stewart Morris Rogers Reed Cook Morgan Bell Murphy Bailey Cooper
Richardson Cox Howard Ward Peterson Gray James Watson Brooks Kelly Sanders Price Bennett Wood Barnes Ross Henderson
Coleman Jenkins Perry Powell Long Patterson Hughes Washington Butler Simmons Foster Bryant Alexander Russell Griffin
Hayes Myers Ford Hamilton Graham Sullivan Wallace Woods Cole West Jordan Owens Reynolds Fisher Ellis Harrison Gibson
McDonald Marshall Ortega Delgado Guerrero Contreras Salazar Vega Soto Rojas Medina Aguilar Navarro Campos Santos Luna
Estrada Núñez Peña Muñoz Ibáñez Cortés Méndez Domínguez Vásquez Zúñiga Avila Cervantes Escobar Fuentes Trujillo Pham Le
Huynh Vu Vo Dang Bui Do Ho Ngo Duong Ly Truong Lam Wang Zhang Liu Li Yang Huang Zhao Wu Zhou Xu Sun Ma Zhu Lin Luo
Chan Leung Lau Ng Park Choi Jung Kang Cho Yoon Jang Lim Han Shin Seo Kwon Hwang Tanaka Suzuki Watanabe Yamamoto Nakamura
Kobayashi Sato Ito Patel Singh Sharma Gupta Kumar Shah Mehta Desai Reddy Rao Iyer Nair Kapoor Chowdhury Rahman Khan
Ahmed Hussain Ali Hosseini Ahmadi Karimi Moradi Tehrani Petrosyan Sargsyan Harutyunyan Grigoryan Hakobyan Manukyan
Bautista Dela-Cruz Villanueva Aquino Magsaysay Dimaculangan Pangilinan Manalo Salonga Tolentino Kealoha Kahananui
Kowalski Wiśniewski Nowak Novák Dvořák Popescu Ionescu Petrov Ivanova Sokolov Volkova Shevchenko Bondarenko Cohen Levy
Goldberg Rosenberg Katz Friedman Shapiro Weiss Müller Schröder Jäger Groß Hansen Sørensen Jørgensen Lindström Åberg
Okafor Adeyemi Mensah Abebe Tesfaye Gebre Haile Mwangi Otieno Diallo Traoré O'Brien O'Connor O'Neill McCarthy Fitzgerald
Byrne Walsh Doyle MacLeod Beauchamp D'Angelo Rossi Ferrari Esposito Bianchi De-Luca Van-Dyke Silva Pereira Costa
Haddad Khoury Nasser Mansour Al-Masri Youssef Abdi Warsame Begay Tsosie Yazzie Lightfoot Blackwell Ashworth Fairbanks
Whitaker Sterling Vaughn Winslow Thorne Hawthorne Langley Mercer Prescott Sinclair Tillman Underwood Yates Zimmerman
"""
)
HARD = (
    ("NULL", "Pat"),
    ("O'Brien-Núñez", "Zoë"),
    ("Guðmundsdóttir", "Björk"),
    ("Suharto", "Dewi"),
    ("Null", "Christopher"),
    ("St. John", "Avery"),
    ("de la Cruz", "María José"),
    ("Þórsson", "Ægir"),
    ("Nguyễn", "Thị Hương"),
    ("Ó Súilleabháin", "Tadhg"),
    ("True", "Sam"),
    ("Øvergård", "Åse"),
    ("Weiß", "Jürgen"),
    ("X", "Malcolm"),
    ("Hohenlohe-Langenburg-Prätorius", "Maximiliane"),
    ("Ng", "Y"),
)
SUFFIXES = ("Jr", "", "II", "Sr", "", "III", "", "IV")

# Letters that decomposition leaves as they are: they have no base letter with a mark.
_WHOLE_LETTERS = str.maketrans(
    {"ß": "SS", "ø": "O", "Ø": "O", "ð": "D", "Ð": "D", "þ": "TH", "Þ": "TH", "ł": "L", "Ł": "L", "æ": "AE", "Æ": "AE"}
)
# The rarest name is drawn about a tenth as often as the most frequent.
_HEAD = 25


def registry_form(name: str) -> str:
    """A name as NPPES and the LEIE print it: upper-case ASCII, no apostrophes or full stops."""
    decomposed = unicodedata.normalize("NFKD", name.translate(_WHOLE_LETTERS))
    letters = "".join(letter for letter in decomposed if letter.isascii() and letter not in "'.")
    return letters.upper()


def draw(chance: random.Random, names: tuple[str, ...], count: int) -> list[str]:
    """`count` names, the first of the list most often."""
    return chance.choices(names, [1 / (rank + _HEAD) for rank in range(len(names))], k=count)
